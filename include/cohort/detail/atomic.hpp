// Atomic numbers and pointers: the part of std::atomic that the library uses, on the built-in functions of GCC and
// Clang. <atomic> of C++20 brings waiting, floating point and an instantiation for each type along, in every
// translation unit.
#pragma once

namespace cohort::detail {

enum class memory_order : int {
    relaxed = __ATOMIC_RELAXED,
    acquire = __ATOMIC_ACQUIRE,
    release = __ATOMIC_RELEASE,
    acq_rel = __ATOMIC_ACQ_REL,
    seq_cst = __ATOMIC_SEQ_CST,
};

/// Like std::atomic<T>, for what the processor reads and writes at once; sequentially consistent where nothing is said.
template <class T>
class atomic {
    static_assert(__atomic_always_lock_free(sizeof(T), nullptr));

public:
    [[gnu::always_inline]] constexpr explicit atomic(T value) noexcept : value_(value) {}
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;

    [[gnu::always_inline]] T load(memory_order order = memory_order::seq_cst) const noexcept {
        T value;
        __atomic_load(&value_, &value, static_cast<int>(order));
        return value;
    }
    [[gnu::always_inline]] void store(T value, memory_order order = memory_order::seq_cst) noexcept {
        __atomic_store(&value_, &value, static_cast<int>(order));
    }
    [[gnu::always_inline]] T exchange(T value, memory_order order = memory_order::seq_cst) noexcept {
        T former;
        __atomic_exchange(&value_, &value, &former, static_cast<int>(order));
        return former;
    }
    /// May fail for no reason; `expected` becomes what is there.
    [[gnu::always_inline]] bool compare_exchange_weak(T& expected, T value) noexcept {
        return __atomic_compare_exchange(&value_, &expected, &value, true, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }

    /// These give the value before.
    [[gnu::always_inline]] T fetch_add(T more, memory_order order = memory_order::seq_cst) noexcept {
        return __atomic_fetch_add(&value_, more, static_cast<int>(order));
    }
    [[gnu::always_inline]] T fetch_sub(T less, memory_order order = memory_order::seq_cst) noexcept {
        return __atomic_fetch_sub(&value_, less, static_cast<int>(order));
    }
    [[gnu::always_inline]] T fetch_or(T bits, memory_order order = memory_order::seq_cst) noexcept {
        return __atomic_fetch_or(&value_, bits, static_cast<int>(order));
    }

private:
    T value_;
};

}  // namespace cohort::detail
