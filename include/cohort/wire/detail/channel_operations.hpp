// The awaitables of a channel. Each waits by a base that does not depend on the message and does its work on the
// message when it is resumed: encoding and decoding happen in the coroutine, so what they throw comes out of its
// `co_await`.
#pragma once

#include "../message.hpp"
#include "channel_core.hpp"
#include "erased_message.hpp"

#include <concepts>
#include <coroutine>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace cohort::detail {

/// The awaitable of `send`. `N`: how many handles go along besides those inside the message. `Plain`: the payload
/// stands in memory as it is.
template <class Core, std::size_t N, bool Plain>
class send_operation final : public Core::output_half::send_wait {
    using base = typename Core::output_half::send_wait;
    using entry = handle_table::entry;

public:
    send_operation(Core& core, const outgoing_message& message, std::string_view payload, const entry* handles) noexcept
        : base(core, payload, N == 0), message_(message) {
        for (std::size_t i = 0; i < N; ++i) handles_[i] = handles[i];
    }

    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        if constexpr (Plain && N == 0) return this->begin_raw(handle.promise());
        else return this->begin_send(handle.promise());
    }

    [[gnu::always_inline]] void await_resume() {
        if (this->resumed()) [[unlikely]]
            this->template put<Plain>(message_, handles_, N);
    }

private:
    outgoing_message message_;
    entry handles_[N > 0 ? N : 1];
};

/// What the receiving awaitables share. `InPlace`: decoding is a matter of a few instructions, and so the rest is worth
/// being compiled into each coroutine that receives.
template <class Core, class Codec, bool InPlace>
class receive_base : public Core::input_half::receive_wait {
    using base = typename Core::input_half::receive_wait;

public:
    template <std::derived_from<promise_base> Promise>
    bool await_suspend(std::coroutine_handle<Promise> handle) {
        if constexpr (InPlace) return this->begin_receive(handle.promise());
        else return this->begin_apart(handle.promise());
    }

protected:
    [[gnu::always_inline]] receive_base(Core& core, Codec& codec) noexcept : base(core), codec_(&codec) {}

    template <class T>
    [[gnu::always_inline]] void decode(T& target) {
        auto& in = this->core_.input();
        if constexpr (InPlace) {
            codec_->decode(in.payload(), target, this->core_.table());
            in.consume();
        } else {
            in.take(incoming_message(*codec_, target));
        }
    }

private:
    Codec* codec_;
};

template <class Codec, class T>
inline constexpr bool decodes_in_place =
    noexcept(std::declval<Codec&>().decode(std::string_view(), std::declval<T&>(), std::declval<handle_table&>()));

/// The awaitable of `receive`.
template <class Core, class Codec, class T>
class receive_operation final : public receive_base<Core, Codec, decodes_in_place<Codec, T>> {
    using base = receive_base<Core, Codec, decodes_in_place<Codec, T>>;

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
class receive_into_operation final : public receive_base<Core, Codec, decodes_in_place<Codec, T>> {
    using base = receive_base<Core, Codec, decodes_in_place<Codec, T>>;

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
class receive_message_operation final : public receive_base<Core, Codec, decodes_in_place<Codec, T>> {
    using base = receive_base<Core, Codec, decodes_in_place<Codec, T>>;

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
        if (then_ == then::shut_down && core.transport().shutdown_write(core.peer_name())) core.input().close();
    }

private:
    then then_;
};

}  // namespace cohort::detail
