/// @file
/// Starting a program on Windows: CreateProcessW with exactly the handles that the plan names.
///
/// Why no other handle gets into the child. Nothing that this library opens can be inherited. For the time of one spawn
/// each handle of the plan gets a copy that can, and the process is made with the list of these copies, which holds for
/// this child whatever else may be inherited. The copies are closed when it has been made. A spawn by other code of the
/// program, in another thread, that inherits all that can be, may get copies meanwhile: the system has no remedy.
///
/// Why no child stays behind. The process is put into its job object by the call that makes it, before its first
/// instruction; when the last handle of the job is closed, as by the end of this process in whichever way, the system
/// ends what is in it.
#pragma once

#include "command_line.hpp"
#include "environment.hpp"
#include "invoke.hpp"
#include "process_tree.hpp"
#include "spawn_plan.hpp"
#include "spawn_resources.hpp"

#include <cerrno>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::sys {

namespace detail {

COHORT_COLD inline std::wstring full_path(const std::wstring& path) {
    std::wstring full;
    const outcome<> asked = ask_text(full, [&](wchar_t* to, ::DWORD room) {
        return ::GetFullPathNameW(path.c_str(), room, to, nullptr);
    });
    return asked ? full : path;
}

/// Whether a path begins at a drive's or a server's root.
inline bool is_absolute(const std::wstring& path) noexcept {
    const auto slash = [&](std::size_t i) { return path.size() > i && (path[i] == L'\\' || path[i] == L'/'); };
    return slash(0) || (path.size() > 1 && path[1] == L':');
}

inline bool is_batch_file(std::wstring_view path) noexcept {
    if (path.size() < 4) return false;
    const std::wstring_view end = path.substr(path.size() - 4);
    return ::CompareStringOrdinal(end.data(), 4, L".bat", 4, TRUE) == CSTR_EQUAL ||
           ::CompareStringOrdinal(end.data(), 4, L".cmd", 4, TRUE) == CSTR_EQUAL;
}

/// UTF-8 that is well-formed.
inline bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t before = text.size();
        if (take_utf8(text) == 0xFFFD && before - text.size() == 1) return false;
    }
    return true;
}

inline ::DWORD priority_class(int nice) noexcept {
    if (nice <= -15) return HIGH_PRIORITY_CLASS;
    if (nice < 0) return ABOVE_NORMAL_PRIORITY_CLASS;
    if (nice == 0) return NORMAL_PRIORITY_CLASS;
    return nice < 15 ? BELOW_NORMAL_PRIORITY_CLASS : IDLE_PRIORITY_CLASS;
}

/// Which kinds of absence let the search go on.
inline bool is_absent(int error) noexcept {
    for (const ::DWORD code : {ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_INVALID_NAME, ERROR_BAD_PATHNAME,
                               ERROR_BAD_NETPATH, ERROR_NOT_READY})
        if (error == error_number(code)) return true;
    return error == ENOENT;
}

inline bool is_forbidden(int error) noexcept { return error == EACCES || error == error_number(ERROR_ACCESS_DENIED); }

/// One spawn.
class spawn_job {
public:
    explicit spawn_job(const spawn_plan& plan) noexcept : plan_(plan) {}
    spawn_job(const spawn_job&) = delete;
    spawn_job& operator=(const spawn_job&) = delete;

    COHORT_COLD outcome<spawned> run(spawn_failure& why) {
        const outcome<spawned> made = start();
        if (!made) {
            why.step = step_;
            why.error = made.error();
        }
        return made;
    }

private:
    COHORT_COLD outcome<spawned> start() {
        if (plan_.programs.empty() || !plan_.arguments || !plan_.arguments[0] ||
            (plan_.new_session && plan_.process_group) || (plan_.process_group && *plan_.process_group != 0))
            return failure(EINVAL);
        if (const int error = write_line()) return failure(error);
        for (const char* const* entry = plan_.environment; entry && *entry; ++entry)
            if (!is_utf8(*entry)) return failure(EILSEQ);
        const std::wstring environment = environment_text(plan_.environment);

        step_ = spawn_step::directory;
        if (plan_.directory) {
            if (const outcome<> found = find_directory(); !found) return failure(found.error());
        }
        step_ = spawn_step::descriptors;
        if (const outcome<> copied = handles_.copy(plan_.descriptors); !copied) return failure(copied.error());

        step_ = spawn_step::group;
        const bool group = plan_.new_session || plan_.process_group;
        const outcome<int> job = make_job(group);
        if (!job) return failure(job.error());
        owned_handle job_owner(handle_of(*job));

        step_ = spawn_step::prepare;
        ::STARTUPINFOEXW start{};
        start.StartupInfo.cb = sizeof start;
        handles_.describe(start.StartupInfo);
        attribute_list attributes;
        const outcome<> listed = attributes.fill(handles_, job_owner.get());
        if (!listed) return failure(listed.error());
        start.lpAttributeList = attributes.get();

        ::DWORD flags = CREATE_UNICODE_ENVIRONMENT | EXTENDED_STARTUPINFO_PRESENT;
        // Without a console to share the system would open a window for one.
        if (plan_.new_session || ::GetConsoleCP() == 0) flags |= CREATE_NO_WINDOW;
        if (group || !shares_console()) flags |= CREATE_NEW_PROCESS_GROUP;
        if (plan_.priority) flags |= priority_class(*plan_.priority);

        step_ = spawn_step::exec;
        ::PROCESS_INFORMATION made{};
        const outcome<> executed = execute(start, environment, flags, made);
        if (!executed) return failure(executed.error());
        ::CloseHandle(made.hThread);
        spawned child;
        child.pid = static_cast<process_id>(made.dwProcessId);
        child.pidfd = descriptor_of(made.hProcess);
        child.job = descriptor_of(job_owner.release());
        return child;
    }

    /// A process that reads from the console gets Ctrl-C from it, as this process does. The console tells every other
    /// one apart, so that it can be asked to end without the rest.
    COHORT_COLD bool shares_console() const noexcept {
        ::DWORD mode = 0;
        for (const fd_mapping& one : plan_.descriptors)
            if (one.child_fd == 0) return ::GetConsoleMode(handle_of(one.source_fd), &mode) != 0;
        return false;
    }

    /// The arguments as a line for programs; an error number, or 0.
    COHORT_COLD int write_line() {
        for (const char* const* argument = plan_.arguments; *argument; ++argument)
            if (!is_utf8(*argument)) return EILSEQ;
        if (!append_program(line_, wide(plan_.arguments[0]))) return EINVAL;
        for (const char* const* argument = plan_.arguments + 1; *argument; ++argument) {
            line_ += L' ';
            if (plan_.last_argument_is_raw && !argument[1]) line_ += wide(*argument);
            else append_argument(line_, wide(*argument));
        }
        return line_.size() > longest_command_line ? E2BIG : 0;
    }

    COHORT_COLD outcome<> find_directory() {
        if (!is_utf8(plan_.directory)) return failure(EILSEQ);
        directory_ = full_path(wide(plan_.directory));
        const ::DWORD attributes = ::GetFileAttributesW(directory_.c_str());
        if (attributes == INVALID_FILE_ATTRIBUTES) return failure(last_error());
        if ((attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) return failure(ENOTDIR);
        return success();
    }

    /// Tries the candidates.
    COHORT_COLD outcome<> execute(::STARTUPINFOEXW& start, const std::wstring& environment, ::DWORD flags,
                                  ::PROCESS_INFORMATION& made) {
        int forbidden = 0;
        int last = error_number(ERROR_FILE_NOT_FOUND);
        for (const char* const candidate : plan_.programs) {
            if (!is_utf8(candidate)) return failure(EILSEQ);
            std::wstring program = wide(candidate);
            if (!directory_.empty() && !is_absolute(program)) program = directory_ + L'\\' + program;
            program = full_path(program);
            const outcome<> made_it = create(program, start, environment, flags, made);
            if (made_it) return success();
            last = made_it.error();
            if (is_forbidden(last)) forbidden = last;
            else if (!is_absent(last)) return made_it;
        }
        return failure(forbidden != 0 ? forbidden : last);
    }

    COHORT_COLD outcome<> create(const std::wstring& program, ::STARTUPINFOEXW& start, const std::wstring& environment,
                                 ::DWORD flags, ::PROCESS_INFORMATION& made) {
        const ::DWORD attributes = ::GetFileAttributesW(program.c_str());
        if (attributes == INVALID_FILE_ATTRIBUTES) return failure(last_error());
        if (attributes & FILE_ATTRIBUTE_DIRECTORY) return failure(error_number(ERROR_ACCESS_DENIED));
        std::wstring line = line_;
        std::wstring image = program;
        if (is_batch_file(program)) {
            image = command_interpreter();
            if (const int error = write_batch_line(line, image, program)) return failure(error);
        }
        return tried<call::spawn_exec>([&] {
            // The system writes to the line.
            return ::CreateProcessW(image.c_str(), line.data(), nullptr, nullptr, handles_.count() > 0, flags,
                                    const_cast<wchar_t*>(environment.data()),
                                    directory_.empty() ? nullptr : directory_.c_str(), &start.StartupInfo, &made);
        });
    }

    /// An error number, or 0.
    COHORT_COLD int write_batch_line(std::wstring& line, const std::wstring& image, const std::wstring& program) {
        line.clear();
        if (!append_program(line, image)) return EINVAL;
        // No commands of the registry first; percent signs with what makes them harmless; no exclamation marks; and
        // the outer quotes go.
        line += L" /d /e:on /v:off /s /c \"\"";
        line += program;
        line += L'"';
        for (const char* const* argument = plan_.arguments + 1; *argument; ++argument) {
            line += L' ';
            if (!append_batch_argument(line, wide(*argument))) return EINVAL;
        }
        line += L'"';
        return line.size() > longest_command_line ? E2BIG : 0;
    }

    const spawn_plan& plan_;
    spawn_step step_ = spawn_step::prepare;
    std::wstring line_;
    std::wstring directory_;
    inherited_handles handles_;
};

}  // namespace detail

/// Starts a program. On failure `why` names the step and its error, and nothing of the child is left.
///
/// The child has exactly the descriptors of the plan. Any number of threads may spawn at once; the calling thread is
/// held until the process has been made, and its program found to be one. CreateProcessW.
COHORT_COLD inline outcome<spawned> spawn(const spawn_plan& plan, spawn_failure& why) noexcept {
    why = spawn_failure();
    try {
        return detail::spawn_job(plan).run(why);
    } catch (...) {
        why.step = spawn_step::prepare;
        why.error = ENOMEM;
        return failure(ENOMEM);
    }
}

}  // namespace cohort::sys
