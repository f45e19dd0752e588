#pragma once

#include <cohort/detail/exchanged.hpp>

#include <cstddef>
#include <string_view>
#include <utility>

namespace cohort::json {

class member;

namespace detail {

/// The members of an object, in one growing block. A std::vector of them is some eighty functions, which every program
/// that includes the header would have instantiated. Made before `member` is complete; the bodies are in value.hpp.
class member_list {
public:
    member_list() noexcept : data_(nullptr), size_(0), room_(0) {}
    member_list(member_list&& other) noexcept
        : data_(cohort::detail::exchanged(other.data_, nullptr)), size_(cohort::detail::exchanged(other.size_, 0)),
          room_(cohort::detail::exchanged(other.room_, 0)) {}
    ~member_list();

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    member* data() noexcept { return data_; }
    const member* data() const noexcept { return data_; }
    member& front() noexcept { return *data_; }
    member& back() noexcept;

    /// Adds a null of this name.
    member& add(std::string_view name);
    void reserve(std::size_t count);
    void pop_back() noexcept;
    /// Takes out the one at this position; the order of the others stays.
    void erase(std::size_t at) noexcept;
    void clear() noexcept;
    void swap(member_list& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(room_, other.room_);
    }

private:
    member* data_;
    std::size_t size_;
    std::size_t room_;
};

}  // namespace detail
}  // namespace cohort::json
