// From a command to a running process: opens what the slots name, prepares the plan, spawns, closes the child's ends.
//
// Every descriptor made here is owned from birth and close-on-exec, so that no failure leaks one and no other child of
// any thread gets one.
#pragma once

#include "../../async/detail/list.hpp"
#include "../../async/detail/text.hpp"
#include "../../io/buffered_reader.hpp"
#include "../../io/handle.hpp"
#include "../../io/stream.hpp"
#include "../../sys/child_link.hpp"
#include "../../sys/file.hpp"
#include "../../sys/given.hpp"
#include "../../sys/memfd.hpp"
#include "../../sys/signal.hpp"
#include "../../sys/spawn.hpp"
#include "../spawn_error.hpp"
#include "child_link_type.hpp"
#include "command_data.hpp"
#include "environment.hpp"
#include "program_search.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cohort::detail {

/// The parent's end of a descriptor beyond the standard ones.
class extra_stream {
public:
    [[gnu::always_inline]] extra_stream(int n, stream s) noexcept : number(n), end(std::move(s)) {}
    int number;
    stream end;
};

/// The parent's ends of what the child has as pipes and socket pairs.
class child_streams {
public:
    child_streams() noexcept {}
    COHORT_COLD child_streams(child_streams&&) noexcept = default;
    COHORT_COLD child_streams& operator=(child_streams&&) noexcept = default;
    COHORT_COLD ~child_streams() = default;
    stream in;
    buffered_reader<stream> out{stream()};
    buffered_reader<stream> err{stream()};
    list<extra_stream> extra;
};

/// Starts `command` and leaves the near ends in `ours`. Throws `spawn_error`.
class launcher {
public:
    launcher(const command_data& command, child_streams& ours) : command_(command), ours_(ours) {}
    launcher(const launcher&) = delete;
    launcher& operator=(const launcher&) = delete;
    COHORT_COLD ~launcher() = default;

    COHORT_COLD sys::spawned run() {
        check();
        standard(0, command_.in, ours_.in);
        standard(1, command_.out, ours_.out.stream());
        if (command_.err.what() == slot::kind::to_stdout) mappings_.push_back(mapping(2, mappings_[1].source_fd));
        else standard(2, command_.err, ours_.err.stream());
        for (const extra_descriptor& one : command_.extra) extra(one);

        const environment_block environment(command_);
        const char* const endings = sys::endings_variable.empty() ? nullptr : environment.find(sys::endings_variable);
        const program_candidates programs(command_.program(), environment.find("PATH"), endings,
                                          command_.fallback_program);
        list<const char*> arguments;
        arguments.reserve(command_.words.size() + 1);
        for (const std::string& word : command_.words) arguments.push_back(word.c_str());
        if (command_.argv0) arguments.front() = command_.argv0->c_str();
        arguments.push_back(nullptr);

        sys::spawn_plan plan;
        plan.programs = programs;
        plan.arguments = arguments.data();
        plan.last_argument_is_raw = command_.line_of_shell;
        plan.environment = environment.data();
        plan.directory = command_.directory ? command_.directory->c_str() : nullptr;
        plan.descriptors = mappings_;
        plan.new_session = command_.new_session;
        if (command_.new_group && !command_.new_session) plan.process_group = 0;
        sys::spawn_failure why;
        const auto started = sys::spawn(plan, why);
        if (!started) failed(why);
        return *started;
    }

private:
    COHORT_COLD static sys::fd_mapping mapping(int child_fd, int source_fd) noexcept {
        sys::fd_mapping m;
        m.child_fd = child_fd;
        m.source_fd = source_fd;
        return m;
    }

    /// The pieces make one text.
    [[noreturn]] COHORT_COLD void refuse(int code, std::string_view a, std::string_view b = std::string_view(),
                                         std::string_view c = std::string_view()) const {
        throw spawn_error(code, command_.program(), spawn_step::prepare, joined(a, b, c));
    }

    /// Says `what`, the name of the descriptor, the path in quotes if there is one, and `more`.
    [[noreturn]] COHORT_COLD void refuse_fd(int code, std::string_view what, int number, std::string_view path,
                                            std::string_view more) const {
        const std::string named = joined(what, fd_text(number));
        if (path.empty()) refuse(code, named, more);
        refuse(code, joined(named, " \"", path, "\""), more);
    }

    [[noreturn]] COHORT_COLD void failed(const sys::spawn_failure& why) const {
        std::string detail;
        switch (why.step) {
        case spawn_step::exec:
            break;
        case spawn_step::directory:
            detail = joined("chdir \"", *command_.directory, "\"");
            break;
        default:
            detail = sys::name(why.step);
            for (std::size_t i = 0; i < detail.size(); ++i)
                if (detail[i] == '_') detail[i] = ' ';
        }
        throw spawn_error(why.error, command_.program(), why.step, detail);
    }

    COHORT_COLD void check() const {
        if (command_.words.empty() || command_.words.front().empty()) refuse(EINVAL, "no program is named");
        for (std::size_t i = 0; i < command_.words.size(); ++i) {
            if (!has_zero(command_.words[i])) continue;
            if (i == 0) refuse(EINVAL, "the name of the program has a zero byte");
            refuse(EINVAL, "argument ", decimal(i), " has a zero byte");
        }
        if (command_.argv0 && has_zero(*command_.argv0)) refuse(EINVAL, "argv0 has a zero byte");
        if (command_.directory && has_zero(*command_.directory)) refuse(EINVAL, "the directory has a zero byte");
        for (const environment_edit& edit : command_.environment) {
            if (edit.name.empty() || has_zero(edit.name) || edit.name.find('=') != std::string::npos)
                refuse(EINVAL, "env \"", edit.name, "\" is no name of a variable");
            if (edit.value && has_zero(*edit.value)) refuse(EINVAL, "env \"", edit.name, "\" has a zero byte");
        }
        check_path(0, command_.in);
        check_path(1, command_.out);
        check_path(2, command_.err);
        for (std::size_t i = 0; i < command_.extra.size(); ++i) {
            const int number = command_.extra[i].number;
            check_path(number, command_.extra[i].where);
            bool twice = number < 3;
            for (std::size_t j = 0; j < i; ++j) twice |= command_.extra[j].number == number;
            if (twice) refuse(EINVAL, "fd ", decimal(number), " is named twice or not beyond 2");
        }
    }

    /// The system would open, and empty, the file that is named by what stands before the zero byte.
    COHORT_COLD void check_path(int number, const slot& where) const {
        if (has_zero(where.path())) refuse_fd(EINVAL, {}, number, where.path().c_str(), ": the path has a zero byte");
    }

    COHORT_COLD static bool has_zero(const std::string& text) noexcept { return text.find('\0') != std::string::npos; }

    COHORT_COLD static std::string fd_text(int number) {
        constexpr const char* names[] = {"stdin", "stdout", "stderr"};
        return number >= 0 && number <= 2 ? std::string(names[number]) : joined("fd ", decimal(number));
    }

    COHORT_COLD void keep(int number, int fd) {
        handle owned(fd);
        mappings_.push_back(mapping(number, fd));
        opened_.push_back(std::move(owned));
    }

    /// Opens without waiting: open(2) of a FIFO would otherwise hold the whole loop until its other end is opened. The
    /// child gets the description, which nobody else has, in the usual state.
    COHORT_COLD void open(int number, const char* path, int flags) {
        const auto opened = sys::open(path, flags | sys::open_nonblocking);
        if (!opened) {
            const bool nobody = opened.error() == ENXIO;
            refuse_fd(opened.error(), {}, number, path, nobody ? ": a FIFO without a reader, or no device" : "");
        }
        keep(number, *opened);
        const auto changed = sys::set_nonblocking(*opened, false);
        if (!changed) refuse_fd(changed.error(), {}, number, path, {});
    }

    /// What this process has under the number for a child to inherit; -1 for nothing. Where a standard one is closed,
    /// whatever is opened next takes its number: the loop's, another child's pipe, this child's own, which would never
    /// end if the child held both ends. A further one has been named, so it need only not be made here.
    COHORT_COLD int inheritable(int number) const noexcept {
        const int own = sys::given_descriptor(number).value_or(-1);
        if (own <= 2) return own;
        for (const handle& one : opened_)
            if (one.native() == own) return -1;
        for (const extra_stream& one : ours_.extra)
            if (one.end.native() == own) return -1;
        const bool ours = ours_.in.native() == own || ours_.out.stream().native() == own ||
                          ours_.err.stream().native() == own;
        return ours ? -1 : own;
    }

    /// What standard and further descriptors have in common; false for what is a pipe.
    COHORT_COLD bool plain(int number, const slot& where) {
        switch (where.what()) {
        case slot::kind::inherit:
            if (const int own = inheritable(number); own >= 0) mappings_.push_back(mapping(number, own));
            else open(number, sys::null_device, sys::open_read_write);
            return true;
        case slot::kind::null:
            open(number, sys::null_device, sys::open_read_write);
            return true;
        case slot::kind::read_file:
            open(number, where.path().c_str(), sys::open_read);
            return true;
        case slot::kind::write_file:
            open(number, where.path().c_str(), sys::open_write | sys::open_create | sys::open_truncate);
            return true;
        case slot::kind::append_file:
            open(number, where.path().c_str(), sys::open_write | sys::open_create | sys::open_append);
            return true;
        case slot::kind::descriptor:
            if (where.native() < 0) refuse_fd(EBADF, {}, number, {}, {});
            mappings_.push_back(mapping(number, where.native()));
            return true;
        case slot::kind::to_stdout:
            refuse_fd(EINVAL, {}, number, {}, " cannot be to_stdout");
        case slot::kind::pipe:
            break;
        }
        return false;
    }

    COHORT_COLD void standard(int number, const slot& where, stream& ours) {
        if (number == 0 && command_.input && where.what() != slot::kind::pipe) return input_file();
        if (plain(number, where)) return;
        const bool to_child = number == 0;
        const auto made = sys::pipe(!to_child, to_child);
        if (!made) refuse_fd(made.error(), "pipe for ", number, {}, {});
        const int near_end = to_child ? made->write : made->read;
        handle near(near_end);
        keep(number, to_child ? made->read : made->write);
        ours = stream(std::move(near), stream::type::pipe);
    }

    COHORT_COLD void extra(const extra_descriptor& one) {
        if (plain(one.number, one.where)) return;
        const auto made = sys::child_link(one.for_loop);
        if (!made) refuse_fd(made.error(), "socket pair for ", one.number, {}, {});
        handle near(made->first);
        keep(one.number, made->second);
        ours_.extra.push_back(extra_stream(one.number, stream(std::move(near), child_link_type)));
    }

    /// The input of a command that nobody feeds: an anonymous file that holds it.
    COHORT_COLD void input_file() {
        const auto made = sys::memfd_create("cohort-input");
        if (!made) refuse(made.error(), "stdin");
        keep(0, *made);
        // A write beyond RLIMIT_FSIZE, which holds for files in memory too, is an error and not the end of the process.
        const sys::signal_blocked blocked(sys::sigxfsz);
        const std::string& bytes = *command_.input;
        for (std::size_t done = 0; done < bytes.size();) {
            const auto written = sys::pwrite(*made, bytes.data() + done, bytes.size() - done,
                                             static_cast<std::int64_t>(done));
            if (!written) refuse(written.error(), "stdin");
            done += *written;
        }
    }

    const command_data& command_;
    child_streams& ours_;
    list<sys::fd_mapping> mappings_;
    list<handle> opened_;  // closed when the child has its copies
};

}  // namespace cohort::detail
