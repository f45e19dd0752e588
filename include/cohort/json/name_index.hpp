#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string_view>

namespace cohort::json::detail {

/// A key for the hash that differs from process to process, so that a peer cannot prepare names that all collide.
class hash_key {
public:
    static const hash_key& instance() noexcept {
        static const hash_key key;
        return key;
    }
    std::uint64_t k0() const noexcept { return k0_; }
    std::uint64_t k1() const noexcept { return k1_; }

private:
    hash_key() noexcept {
        const std::uint64_t now = time();
        // Time and the randomised places of stack and image, stirred.
        k0_ = stir(now ^ reinterpret_cast<std::uintptr_t>(&now));
        k1_ = stir(k0_ ^ reinterpret_cast<std::uintptr_t>(&hash_key::instance) ^
                   static_cast<std::uint64_t>(std::clock()));
    }

    static std::uint64_t time() noexcept {
#if defined(TIME_UTC)
        std::timespec now{};
        if (std::timespec_get(&now, TIME_UTC) != 0) {
            return static_cast<std::uint64_t>(now.tv_nsec) ^ (static_cast<std::uint64_t>(now.tv_sec) << 30);
        }
#endif
        // A C library without the clock of C11: seconds, and a place of the heap, which is randomised too.
        void* const block = std::malloc(1);
        const auto place = reinterpret_cast<std::uintptr_t>(block);
        std::free(block);
        return static_cast<std::uint64_t>(std::time(nullptr)) << 30 ^ place;
    }

    static std::uint64_t stir(std::uint64_t x) noexcept {
        x += 0x9E3779B97F4A7C15u;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
        return x ^ (x >> 31);
    }

    std::uint64_t k0_;
    std::uint64_t k1_;
};

/// SipHash-1-3 (Aumasson and Bernstein, 2012) with the key of this process.
inline std::uint64_t hash_name(std::string_view name) noexcept {
    const hash_key& key = hash_key::instance();
    std::uint64_t a = key.k0() ^ 0x736F6D6570736575u;
    std::uint64_t b = key.k1() ^ 0x646F72616E646F6Du;
    std::uint64_t c = key.k0() ^ 0x6C7967656E657261u;
    std::uint64_t d = key.k1() ^ 0x7465646279746573u;
    const auto round = [&]() noexcept {
        a += b;
        b = std::rotl(b, 13) ^ a;
        a = std::rotl(a, 32);
        c += d;
        d = std::rotl(d, 16) ^ c;
        a += d;
        d = std::rotl(d, 21) ^ a;
        c += b;
        b = std::rotl(b, 17) ^ c;
        c = std::rotl(c, 32);
    };
    const char* p = name.data();
    std::size_t left = name.size();
    for (; left >= 8; left -= 8, p += 8) {
        std::uint64_t word;
        std::memcpy(&word, p, 8);
        d ^= word;
        round();
        a ^= word;
    }
    std::uint64_t word = 0;
    if (left > 0) {
        std::memcpy(&word, p, left);
    }
    word ^= static_cast<std::uint64_t>(name.size()) << 56;
    d ^= word;
    round();
    a ^= word;
    c ^= 0xFF;
    round();
    round();
    round();
    return a ^ b ^ c ^ d;
}

/// An open-addressing table from names to positions in a list of members; it keeps positions only, the names stay in
/// the list.
class name_index {
public:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);

    name_index() noexcept {}
    name_index(const name_index&) = delete;
    name_index& operator=(const name_index&) = delete;
    ~name_index() { delete[] slots_; }

    /// Position of the name, or `none`. name_at(position) gives the name there.
    template <class NameAt> std::size_t find(std::string_view name, NameAt name_at) const noexcept {
        for (std::size_t at = hash_name(name) & mask();; at = (at + 1) & mask()) {
            if (slots_[at] == 0) {
                return none;
            }
            const std::size_t position = slots_[at] - 1;
            if (name_at(position) == name) {
                return position;
            }
        }
    }

    /// Takes in positions [known, count), none of whose names are in it yet.
    template <class NameAt> void update(std::size_t count, NameAt name_at) {
        if (size_ < count * 2) {
            const std::size_t larger = std::bit_ceil(count * 4);
            std::size_t* const fresh = new std::size_t[larger]();
            delete[] slots_;
            slots_ = fresh;
            size_ = larger;
            known_ = 0;
        }
        for (; known_ < count; ++known_) {
            std::size_t at = hash_name(name_at(known_)) & mask();
            while (slots_[at] != 0) {
                at = (at + 1) & mask();
            }
            slots_[at] = known_ + 1;
        }
    }

private:
    std::size_t mask() const noexcept { return size_ - 1; }

    std::size_t* slots_ = nullptr;  // 0: free, else position + 1
    std::size_t size_ = 0;
    std::size_t known_ = 0;
};

}  // namespace cohort::json::detail
