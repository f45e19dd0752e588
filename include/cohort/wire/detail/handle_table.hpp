// The handles of the message that is being encoded or decoded: what the codec's adapters and the channel share.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../io/handle.hpp"

#include <cstddef>
#include <utility>

namespace cohort::detail {

/// What stands behind the context pointer of the JSON adapters of handles.
///
/// Writing: adapters enter the objects that hold descriptors and write their indices. Nothing is taken from them until
/// the whole message is encoded; so a failure leaves all as it was. Reading: adapters take descriptors out by index.
class handle_table {
public:
    /// An object that holds a descriptor, and how to take it out.
    class entry {
    public:
        using taker = int (*)(void* object) noexcept;
        [[gnu::always_inline]] entry() noexcept : fd_(-1), object_(nullptr), take_(nullptr) {}
        entry(int fd, void* object, taker by) noexcept : fd_(fd), object_(object), take_(by) {}

        [[gnu::always_inline]] int fd() const noexcept { return fd_; }
        [[gnu::always_inline]] int take() const noexcept { return take_(object_); }

    private:
        int fd_;
        void* object_;
        taker take_;
    };

    // --- writing -----------------------------------------------------------------------------------------------------

    void begin_writing(std::size_t limit) noexcept {
        outgoing_.clear();
        limit_ = limit;
    }

    /// Enters `object`, which has `native()` and `release()`; its index, or -1 where the limit is reached.
    template <class T>
    int enter(const T& object) {
        if (outgoing_.size() >= limit_) return -1;
        outgoing_.push_back(entry(object.native(), const_cast<T*>(&object), &handle_table::take_from<T>));
        return static_cast<int>(outgoing_.size()) - 1;
    }

    [[gnu::always_inline]] const list<entry>& outgoing() const noexcept { return outgoing_; }

    // --- reading -----------------------------------------------------------------------------------------------------

    [[gnu::always_inline]] list<handle>& incoming() noexcept { return incoming_; }

    /// The descriptor of this index, which must not have been taken yet; an empty handle if there is none.
    handle take(std::size_t index) noexcept {
        return index < incoming_.size() ? std::move(incoming_[index]) : handle();
    }

private:
    template <class T>
    static int take_from(void* object) noexcept {
        handle taken(static_cast<T*>(object)->release());
        return taken.release();
    }

    list<entry> outgoing_;
    list<handle> incoming_;
    std::size_t limit_ = 0;
};

}  // namespace cohort::detail
