// Room for one value of any result type: an object, a reference or void.
#pragma once

#include <optional>

namespace cohort::detail {

template <class T>
class maybe {
public:
    [[gnu::always_inline]] maybe() noexcept {}
    [[gnu::always_inline]] bool has() const noexcept { return value_.has_value(); }
    [[gnu::always_inline]] T& get() noexcept { return *value_; }
    [[gnu::always_inline]] const T& get() const noexcept { return *value_; }

    /// Stores what `make()` gives.
    template <class F>
    void fill(F&& make) {
        value_.emplace(make());
    }

private:
    std::optional<T> value_;
};

template <class T>
class maybe<T&> {
public:
    [[gnu::always_inline]] maybe() noexcept {}
    [[gnu::always_inline]] bool has() const noexcept { return value_ != nullptr; }
    [[gnu::always_inline]] T& get() const noexcept { return *value_; }

    template <class F>
    void fill(F&& make) {
        value_ = &make();
    }

private:
    T* value_ = nullptr;
};

template <>
class maybe<void> {
public:
    [[gnu::always_inline]] maybe() noexcept {}
    [[gnu::always_inline]] bool has() const noexcept { return has_; }
    [[gnu::always_inline]] void get() const noexcept {}

    template <class F>
    void fill(F&& make) {
        make();
        has_ = true;
    }

private:
    bool has_ = false;
};

}  // namespace cohort::detail
