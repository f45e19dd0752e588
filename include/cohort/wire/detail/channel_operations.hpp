// The awaitables of a channel. Each waits by a base that does not depend on the message and does its work on the
// message when it is resumed: encoding and decoding happen in the coroutine, so what they throw comes out of its
// `co_await`.
#pragma once

#include "../message.hpp"
#include "channel_core.hpp"

#include <array>
#include <concepts>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace cohort::detail {

/// The awaitable of `send`. `N`: how many handles go along besides those inside the message.
template <class Core, class Codec, class T, std::size_t N>
class send_operation final : public Core::output_half::send_wait {
    using base = typename Core::output_half::send_wait;

public:
    send_operation(Core& core, Codec& codec, const T& value, bool take,
                   const std::array<handle_table::entry, N>& handles) noexcept
        : base(core, direct_payload(codec, value)), codec_(&codec), value_(&value), handles_(handles), take_(take) {}

    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        if constexpr (N == 0 && plain_payload<Codec, T>) return this->begin_raw(handle.promise());
        else return this->begin(handle.promise());
    }

    void await_resume() {
        if (!this->resumed()) return;
        try {
            this->core_.output().put(*codec_, *value_, take_, std::span<const handle_table::entry>(handles_));
        } catch (...) {
            this->give_back();
            throw;
        }
        this->give_back();
    }

private:
    static std::string_view direct_payload([[maybe_unused]] Codec& codec, [[maybe_unused]] const T& value) noexcept {
        if constexpr (N == 0 && plain_payload<Codec, T>) return codec.payload(value);
        else return std::string_view();
    }

    Codec* codec_;
    const T* value_;
    [[no_unique_address]] std::array<handle_table::entry, N> handles_;
    bool take_;
};

/// What the receiving awaitables share.
template <class Core, class Codec>
class receive_base : public Core::input_half::receive_wait {
    using base = typename Core::input_half::receive_wait;

public:
    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        return this->begin_receive(handle.promise());
    }

protected:
    [[gnu::always_inline]] receive_base(Core& core, Codec& codec) noexcept : base(core), codec_(&codec) {}

    /// True: a message is there.
    bool resumed() {
        this->throw_if_cancelled();
        return this->core_.input().arrived();
    }

    template <class T>
    void decode(T& target) {
        try {
            codec_->decode(this->core_.input().payload(), target, this->core_.table());
        } catch (const decode_error& e) {
            this->core_.input().refuse(message_fault::malformed, e.offset(), e.what());
        } catch (...) {  // a handle of the wrong kind, no memory: the message is half taken and cannot be given again
            this->core_.input().give_up(std::current_exception());
            throw;
        }
        this->core_.input().consume();
    }

    /// Gives the turn back when `await_resume` is left.
    class turn {
    public:
        [[gnu::always_inline]] explicit turn(receive_base& op) noexcept : op_(op) {}
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;
        [[gnu::always_inline]] ~turn() { op_.give_back(); }

    private:
        receive_base& op_;
    };

private:
    Codec* codec_;
};

/// The awaitable of `receive`.
template <class Core, class Codec, class T>
class receive_operation final : public receive_base<Core, Codec> {
    using base = receive_base<Core, Codec>;

public:
    [[gnu::always_inline]] receive_operation(Core& core, Codec& codec) noexcept : base(core, codec) {}

    std::optional<T> await_resume() {
        typename base::turn whole(*this);
        std::optional<T> result;
        if (this->resumed()) this->decode(result.emplace());
        return result;
    }
};

/// The awaitable of `receive_into`.
template <class Core, class Codec, class T>
class receive_into_operation final : public receive_base<Core, Codec> {
    using base = receive_base<Core, Codec>;

public:
    receive_into_operation(Core& core, Codec& codec, T& target) noexcept : base(core, codec), target_(&target) {}

    bool await_resume() {
        typename base::turn whole(*this);
        if (!this->resumed()) return false;
        this->decode(*target_);
        return true;
    }

private:
    T* target_;
};

/// The awaitable of `receive_message`.
template <class Core, class Codec, class T>
class receive_message_operation final : public receive_base<Core, Codec> {
    using base = receive_base<Core, Codec>;

public:
    receive_message_operation(Core& core, Codec& codec) noexcept : base(core, codec) {}

    std::optional<message<T>> await_resume() {
        typename base::turn whole(*this);
        std::optional<message<T>> result;
        if (!this->resumed()) return result;
        this->decode(result.emplace().value());
        for (handle& each : this->core_.table().incoming())
            if (each) result->handles().push_back(std::move(each));
        return result;
    }
};

/// The awaitable of `flush`, `shutdown_write` and `close`.
template <class Core>
class drain_operation final : public Core::output_half::drain_wait {
    using base = typename Core::output_half::drain_wait;

public:
    enum class then : unsigned char { nothing, shut_down, close };

    drain_operation(Core& core, const char* name, then what) noexcept
        : base(core, name, what != then::nothing), then_(what) {}

    void await_resume() {
        this->throw_if_cancelled();
        Core& core = this->core_;
        if (then_ == then::close) {
            core.input().close();
            core.transport().close();
        }
        core.output().check(this->name());
        if (then_ == then::shut_down) core.transport().shutdown_write(core.peer_name());
    }

private:
    then then_;
};

}  // namespace cohort::detail
