// role: what a program does when it was started by itself as a worker.
#pragma once

#include "../async/detail/text.hpp"
#include "../async/error.hpp"
#include "../async/task.hpp"
#include "../reactor/loop.hpp"
#include "../sys/arguments.hpp"
#include "../sys/io.hpp"
#include "../sys/path.hpp"
#include "../sys/platform.hpp"
#include "../sys/process.hpp"
#include "args.hpp"
#include "detail/inherited.hpp"

#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cohort {

template <class Channel>
class parent;

namespace detail {

/// Runs a coroutine that gives an exit code, or nothing, as the main task of a loop.
template <class Task>
int run_for_code(loop& here, Task work) {
    static_assert(is_task<Task>::value,
                  "the function given to cohort::run or cohort::role is a coroutine: it returns cohort::task<int> or "
                  "cohort::task<>");
    if constexpr (std::is_void_v<typename Task::value_type>) {
        here.run(std::move(work));
        return 0;
    } else {
        return static_cast<int>(here.run(std::move(work)));
    }
}

/// What `main` returns for an exception: says on stderr what it was.
COHORT_COLD inline int report_failure(std::string_view program, std::string_view role) noexcept {
    try {
        const std::string who = joined(sys::base_name(program), role.empty() ? "" : " (", role,
                                       role.empty() ? ": " : "): ");
        const std::string text = joined(who, message_of(std::current_exception()), "\n");
        static_cast<void>(sys::write(2, text.data(), text.size()));
    } catch (...) {
        // No memory for the text: the exit code still tells.
    }
    return 1;
}

class role_base {
public:
    role_base(const role_base&) = delete;
    role_base& operator=(const role_base&) = delete;

    COHORT_COLD static role_base* find(std::string_view name) noexcept {
        for (role_base* one = first_; one; one = one->next_)
            if (name == one->name_) return one;
        return nullptr;
    }

    [[gnu::always_inline]] int run(loop& here, args arguments) { return run_(*this, here, arguments); }

protected:
    using entry_point = int (*)(role_base&, loop&, args);

    role_base(const char* name, entry_point entry) noexcept : name_(name), run_(entry), next_(first_) { first_ = this; }
    ~role_base() {
        role_base** link = &first_;
        while (*link != this) link = &(*link)->next_;
        *link = next_;
    }

private:
    static constinit inline role_base* first_ = nullptr;

    const char* name_;
    entry_point run_;
    role_base* next_;
};

/// The first parameter of a role's function is `parent<Channel>`.
template <class F>
struct role_parameter {};
template <class F>
    requires requires { &F::operator(); }
struct role_parameter<F> : role_parameter<decltype(&F::operator())> {};
template <class R, class Channel, class... Rest>
struct role_parameter<R (*)(parent<Channel>, Rest...)> {
    using type = parent<Channel>;
};
template <class R, class C, class Channel, class... Rest>
struct role_parameter<R (C::*)(parent<Channel>, Rest...) const> {
    using type = parent<Channel>;
};
template <class R, class C, class Channel, class... Rest>
struct role_parameter<R (C::*)(parent<Channel>, Rest...)> {
    using type = parent<Channel>;
};

}  // namespace detail

/// A part that this program plays when `fork_self` starts it again:
///
///     co::role renderer("renderer", [](co::parent<link> up) -> co::task<int> {
///         while (auto job = co_await up.receive()) { ... }
///         co_return 0;
///     });
///
/// A variable of namespace scope; it has to exist when main begins, and main has to call `run`. The function is a
/// coroutine with a parameter `parent<Channel>` and, if it likes, `args`, or with `args` alone or nothing; what it
/// returns is the exit code of the worker.
template <class F>
class role : private detail::role_base {
public:
    /// `name` must live as long as the role. Of two roles with one name the one made last is run.
    [[gnu::always_inline]]
    role(const char* name, F function) : role_base(name, &role::enter), function_(std::move(function)) {}

private:
    static int enter(role_base& base, loop& here, args arguments) {
        F& function = static_cast<role&>(base).function_;
        if constexpr (std::is_invocable_v<F&>) {
            return detail::run_for_code(here, function());
        } else if constexpr (std::is_invocable_v<F&, args>) {
            return detail::run_for_code(here, function(arguments));
        } else {
            static_assert(requires { typename detail::role_parameter<F>::type; },
                          "the function given to cohort::role takes cohort::parent<Channel>, and cohort::args after it "
                          "if it likes, or cohort::args alone, or nothing");
            typename detail::role_parameter<F>::type up;
            if constexpr (std::is_invocable_v<F&, decltype(up), args>)
                return detail::run_for_code(here, function(std::move(up), arguments));
            else return detail::run_for_code(here, function(std::move(up)));
        }
    }

    F function_;
};

/// Whether this process was started by `fork_self`. `run` looks by itself; for a main of another kind.
inline bool started_as_role() { return !detail::inherited::get().role().empty(); }

/// Plays the role that this process was started for, on a loop of its own. Gives the exit code: the role's, 1 after an
/// exception, which is shown on stderr, 2 if there is no such role.
COHORT_COLD inline int run_role(int argc, char** argv, loop_options options = loop_options()) {
    detail::inherited& given = detail::inherited::get();
    const sys::program_arguments own(argc, argv);
    const args arguments(own.count(), own.values());
    given.enter();
    // The process would show under the name of the path by which `fork_self` starts it.
    const std::string_view program = sys::base_name(arguments.program());
    static_cast<void>(sys::set_process_name(program.data(), program.size()));
    try {
        detail::role_base* const part = detail::role_base::find(given.role());
        if (!part) {
            const std::string text = detail::joined(arguments.program(), ": there is no role \"", given.role(), "\"\n");
            static_cast<void>(sys::write(2, text.data(), text.size()));
            return 2;
        }
        loop here(options);
        return part->run(here, arguments);
    } catch (...) {
        return detail::report_failure(arguments.program(), given.role());
    }
}

}  // namespace cohort
