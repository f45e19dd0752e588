/// @file
/// Starting a program on macOS: posix_spawn(2), which the kernel carries out without a copy of the parent's memory and
/// which, with POSIX_SPAWN_CLOEXEC_DEFAULT, gives the child the descriptors that are named and no others.
///
/// It reports an error and not where it came from. So what can be tried beforehand is: the directory is opened here and
/// changed to by its descriptor, and the sources of the child's descriptors are looked at. What is left and does not
/// say by its number where it belongs is the exec's.
///
/// It has no way to set ids, groups, limits, the priority, the mask of new files or signals to be ignored, and the
/// kernel no signal for the end of a parent: a plan that asks for one of these fails in that step with ENOTSUP.
#pragma once

#include "../bsd/pidfd.hpp"
#include "../detail/invoke.hpp"
#include "../platform.hpp"
#include "../posix/spawn_descriptors.hpp"
#include "../posix/spawn_plan.hpp"

#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

namespace cohort::sys {

namespace detail {

/// The two objects that posix_spawn(2) takes. Each function gives 0 or the error.
class spawn_request {
public:
    spawn_request() noexcept {
        error_ = ::posix_spawn_file_actions_init(&actions_);
        has_actions_ = error_ == 0;
        if (error_ == 0) error_ = ::posix_spawnattr_init(&attributes_);
        has_attributes_ = has_actions_ && error_ == 0;
    }
    ~spawn_request() {
        if (has_attributes_) ::posix_spawnattr_destroy(&attributes_);
        if (has_actions_) ::posix_spawn_file_actions_destroy(&actions_);
    }
    spawn_request(const spawn_request&) = delete;
    spawn_request& operator=(const spawn_request&) = delete;

    int error() const noexcept { return error_; }

    COHORT_COLD int set_attributes(const spawn_plan& plan) noexcept {
        ::sigset_t all;
        ::sigset_t none;
        sigfillset(&all);
        sigemptyset(&none);
        int flags = POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
        if (plan.new_session) flags |= POSIX_SPAWN_SETSID;
        if (plan.process_group) flags |= POSIX_SPAWN_SETPGROUP;
        int error = ::posix_spawnattr_setsigdefault(&attributes_, &all);
        if (error == 0) error = ::posix_spawnattr_setsigmask(&attributes_, &none);
        if (error == 0 && plan.process_group) error = ::posix_spawnattr_setpgroup(&attributes_, *plan.process_group);
        if (error == 0) error = ::posix_spawnattr_setflags(&attributes_, static_cast<short>(flags));
        return error;
    }

    COHORT_COLD int change_directory(int fd) noexcept { return ::posix_spawn_file_actions_addfchdir_np(&actions_, fd); }

    /// First every source that a copy would overwrite moves away, to a number that is neither wanted nor a source and
    /// that is closed in the end; then each goes into place.
    COHORT_COLD int place_descriptors(const spawn_plan& plan, spawn_lists& lists) noexcept {
        int lifted = 0;
        int error = 0;
        const std::size_t count = lists.count();
        for (std::size_t i = 0; i < count && error == 0; ++i) {
            if (!lists.lift()[i]) continue;
            while (taken(plan, lists, lifted)) ++lifted;
            error = ::posix_spawn_file_actions_adddup2(&actions_, lists.sources()[i], lifted);
            lists.sources()[i] = lifted++;
        }
        for (std::size_t i = 0; i < count && error == 0; ++i) {
            const int source = lists.sources()[i];
            const int target = plan.descriptors[i].child_fd;
            error = source == target ? ::posix_spawn_file_actions_addinherit_np(&actions_, target)
                                     : ::posix_spawn_file_actions_adddup2(&actions_, source, target);
        }
        for (std::size_t i = 0; i < count && error == 0; ++i)
            if (lists.lift()[i]) error = ::posix_spawn_file_actions_addclose(&actions_, lists.sources()[i]);
        return error;
    }

    /// The started process, or the error of the first candidate that ends the search.
    COHORT_COLD outcome<::pid_t> execute(const spawn_plan& plan) const noexcept {
        static constexpr const char* nothing[] = {nullptr};
        char* const* arguments = const_cast<char* const*>(plan.arguments);
        char* const* environment = const_cast<char* const*>(plan.environment ? plan.environment : nothing);
        bool forbidden = false;
        int last = ENOENT;
        for (std::size_t i = 0; i < plan.programs.size(); ++i) {
            ::pid_t pid = -1;
            const outcome<> started = once<call::spawn_exec, void>([&] {
                errno = ::posix_spawn(&pid, plan.programs.data()[i], &actions_, &attributes_, arguments, environment);
                return errno == 0 ? 0 : -1;
            });
            if (started) return pid;
            last = started.error();
            if (!search_goes_on(last, forbidden)) return failure(last);
        }
        return failure(forbidden ? EACCES : last);
    }

private:
    static bool taken(const spawn_plan& plan, spawn_lists& lists, int fd) noexcept {
        for (std::size_t i = 0; i < lists.count(); ++i)
            if (lists.kept()[i] == fd || lists.sources()[i] == fd || plan.descriptors[i].source_fd == fd) return true;
        return false;
    }

    ::posix_spawn_file_actions_t actions_{};
    ::posix_spawnattr_t attributes_{};
    int error_ = 0;
    bool has_actions_ = false;
    bool has_attributes_ = false;
};

/// The step that asks for what this system cannot do; `none` if there is none.
COHORT_COLD inline spawn_step unsupported_step(const spawn_plan& plan) noexcept {
    if (plan.ignored_signals != 0) return spawn_step::signals;
    if (plan.umask) return spawn_step::prepare;
    if (plan.priority) return spawn_step::priority;
    if (!plan.limits.empty()) return spawn_step::limits;
    if (plan.groups) return spawn_step::groups;
    if (plan.group) return spawn_step::group_id;
    if (plan.user) return spawn_step::user_id;
    return plan.parent_death_signal != 0 ? spawn_step::parent_death : spawn_step::none;
}

/// Where an error of posix_spawn(2) belongs.
COHORT_COLD inline spawn_step step_of(int error, const spawn_plan& plan) noexcept {
    if (error == EBADF || error == EMFILE || error == ENFILE) return spawn_step::descriptors;
    if (error == EAGAIN) return spawn_step::clone;
    if (error == EPERM && plan.process_group && *plan.process_group != 0) return spawn_step::process_group;
    return spawn_step::exec;
}

/// Closes what it holds.
struct directory_handle {
    int fd = -1;
    directory_handle() noexcept = default;
    directory_handle(const directory_handle&) = delete;
    directory_handle& operator=(const directory_handle&) = delete;
    ~directory_handle() {
        if (fd >= 0) ::close(fd);
    }
};

}  // namespace detail

/// Starts a program. On success it has been executed: what is read from `plan` may go, and a signal sent to it reaches
/// the new program. On failure `why` names the step and its error, and there is no child.
///
/// The child has exactly the descriptors of the plan, default dispositions and an empty signal mask, whatever this
/// process has. Any number of threads may spawn at once. ENOTSUP: see above. EINTR does not occur. posix_spawn(2).
COHORT_COLD inline outcome<spawned> spawn(const spawn_plan& plan, spawn_failure& why) noexcept {
    why = spawn_failure();
    if (plan.programs.empty() || !plan.arguments || (plan.new_session && plan.process_group))
        return detail::fail_spawn(why, spawn_step::prepare, EINVAL);
    if (const spawn_step step = detail::unsupported_step(plan); step != spawn_step::none)
        return detail::fail_spawn(why, step, ENOTSUP);
    detail::spawn_lists lists(plan.descriptors.size());
    if (!lists.valid()) return detail::fail_spawn(why, spawn_step::prepare, ENOMEM);
    int error = detail::arrange_descriptors(plan, lists);
    detail::spawn_request request;
    if (error == 0) error = request.error();
    if (error == 0) error = request.set_attributes(plan);
    if (error != 0) return detail::fail_spawn(why, spawn_step::prepare, error);

    detail::directory_handle directory;
    if (plan.directory) {
        const outcome<int> opened = detail::retried<call::spawn_directory, int>(
            [&] { return ::open(plan.directory, O_SEARCH | O_CLOEXEC); });
        if (!opened) return detail::fail_spawn(why, spawn_step::directory, opened.error());
        directory.fd = *opened;
        error = request.change_directory(directory.fd);
        if (error != 0) return detail::fail_spawn(why, spawn_step::directory, error);
    }
    for (std::size_t i = 0; i < lists.count(); ++i) {
        const outcome<int> there =
            COHORT_SYS_ONCE(spawn_dup, int, ::fcntl(plan.descriptors[i].source_fd, F_GETFD));
        if (!there) return detail::fail_spawn(why, spawn_step::descriptors, there.error());
    }
    error = request.place_descriptors(plan, lists);
    if (error != 0) return detail::fail_spawn(why, spawn_step::descriptors, error);

    const outcome<int> queue = detail::process_queue();
    if (!queue) return detail::fail_spawn(why, spawn_step::clone, queue.error());
    const outcome<::pid_t> pid = request.execute(plan);
    if (pid) return detail::named_child(*pid, *queue, why);
    detail::drop_queue(*queue);
    return detail::fail_spawn(why, detail::step_of(pid.error(), plan), pid.error());
}

}  // namespace cohort::sys
