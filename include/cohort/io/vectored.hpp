// Reading into and writing from several buffers by one system call.
#pragma once

#include "../reactor/io_operation.hpp"
#include "../reactor/loop.hpp"
#include "describe.hpp"
#include "detail/requests.hpp"

#include <cstddef>

namespace cohort {

/// The awaitable of `stream::read_some` into several buffers.
class scatter_operation : public io_operation<scatter_operation, loop, scatter_request> {
public:
    scatter_operation(registration<loop>& from, detail::slice_list to, transfer_mode m) noexcept
        : io_operation("read", from, to, m) {}

    /// How many bytes were read, filling the buffers in order; 0 at the end of the stream.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            detail::throw_io_error(result.error(), "read", fd());
        return *result;
    }
};

/// The awaitable of `stream::write_some` from several buffers.
class gather_operation : public io_operation<gather_operation, loop, gather_request> {
public:
    gather_operation(registration<loop>& to, detail::slice_list from, transfer_mode m) noexcept
        : io_operation("write", to, from, m) {}

    /// How many bytes were written.
    std::size_t await_resume() {
        throw_if_cancelled();
        if (!result) [[unlikely]]
            detail::throw_io_error(result.error(), "write", fd());
        return *result;
    }
};

}  // namespace cohort
