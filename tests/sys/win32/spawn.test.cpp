#include <cohort/detail/error_number.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/win32/process_tree.hpp>

#include "sys/win32/launch.hpp"

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <io.h>

namespace sys = cohort::sys;
using support::launch;
using sys::spawn_step;

namespace {

std::string number(long long value) { return std::to_string(value); }

/// Says which of the handles that it is told of it has: `y` where the number stands for the object of that name.
const support::child_role has_handles("has-handles", [](int argc, char** argv) -> int {
    std::string found;
    for (int i = 1; i < argc; ++i) {
        const int fd = std::atoi(argv[i]);
        ::DWORD flags = 0;
        found += ::GetHandleInformation(sys::handle_of(fd), &flags) && ::GetFileType(sys::handle_of(fd)) == FILE_TYPE_DISK
                     ? 'y' : 'n';
    }
    support::say(found);
    return 0;
});

/// Says how many handles to files and pipes it has.
const support::child_role count_handles("count-handles", [](int, char**) -> int {
    int count = 0;
    for (int value = 4; value < 4096; value += 4) {
        ::DWORD flags = 0;
        const ::HANDLE handle = sys::handle_of(value);
        if (!::GetHandleInformation(handle, &flags) || (flags & HANDLE_FLAG_INHERIT) == 0) continue;
        count += ::GetFileType(handle) == FILE_TYPE_DISK;
    }
    support::say(number(count));
    return 0;
});

/// Copies what it reads from its descriptor 5 to its descriptor 7, by the C library.
const support::child_role copy_descriptors("copy-descriptors", [](int, char**) -> int {
    char bytes[64];
    const int count = ::_read(5, bytes, sizeof bytes);
    return count > 0 && ::_write(7, bytes, unsigned(count)) == count ? 0 : 1;
});

const support::child_role print_environment("print-environment", [](int, char**) -> int {
    const sys::environment_copy own;
    std::string text;
    for (const char* const* entry = own.entries(); *entry; ++entry) text += std::string(*entry) + '\n';
    support::say(text);
    return 0;
});

const support::child_role print_directory("print-directory", [](int, char**) -> int {
    char directory[4096];
    const auto length = sys::getcwd(directory, sizeof directory);
    support::say(length ? std::string(directory, *length) : "?");
    return 0;
});

const support::child_role end_with("end-with", [](int, char** argv) -> int {
    ::ExitProcess(static_cast<::UINT>(std::strtoul(argv[1], nullptr, 0)));
});

const support::child_role sleeper("sleep", [](int, char**) -> int {
    ::Sleep(INFINITE);
    return 0;
});

/// Starts a sleeper without a job of its own, says its number, and sleeps.
const support::child_role with_grandchild("with-grandchild", [](int, char**) -> int {
    std::wstring line = L"x --child sleep";
    ::STARTUPINFOW start{};
    start.cb = sizeof start;
    ::PROCESS_INFORMATION made{};
    if (!::CreateProcessW(sys::wide(support::self_path()).c_str(), line.data(), nullptr, nullptr, FALSE, 0, nullptr,
                          nullptr, &start, &made))
        return 1;
    support::say(number(made.dwProcessId) + "\n");
    ::Sleep(INFINITE);
    return 0;
});

/// Starts a sleeper as a group, hands its number on and ends without a word to anybody else.
const support::child_role careless("careless", [](int, char**) -> int {
    launch child = launch::self("with-grandchild");
    child.plan.process_group = 0;
    const auto pipe = sys::pipe();
    if (!pipe || !child.start({{1, pipe->write}})) return 1;
    char bytes[64];
    const auto got = sys::read(pipe->read, bytes, sizeof bytes);
    if (!got) return 1;
    support::say(std::string(bytes, *got));
    sys::exit_now(0);
});

/// Starts a program with a pipe and reads the number that it says.
struct talking {
    explicit talking(launch& what) {
        const auto pipe = sys::pipe();
        REQUIRE(pipe);
        const auto started = what.start({{1, pipe->write}});
        REQUIRE(sys::close(pipe->write));
        REQUIRE(started);
        child = *started;
        char bytes[64];
        const auto got = sys::read(pipe->read, bytes, sizeof bytes);
        REQUIRE(got);
        said = std::atoi(std::string(bytes, *got).c_str());
        REQUIRE(sys::close(pipe->read));
    }
    sys::spawned child;
    int said = 0;
};

/// Whether the process ends within ten seconds.
bool ends(int pid) {
    const auto opened = sys::pidfd_open(pid);
    if (!opened) return true;
    const bool ended = ::WaitForSingleObject(sys::handle_of(*opened), 10000) == WAIT_OBJECT_0;
    CHECK(sys::close(*opened));
    return ended;
}

bool runs(int pid) {
    const auto opened = sys::pidfd_open(pid);
    if (!opened) return false;
    const bool running = !sys::pidfd_ended(*opened);
    CHECK(sys::close(*opened));
    return running;
}

}  // namespace

TEST_CASE("a child has exactly the handles of its plan") {
    const support::temp_dir dir;
    // Four files, two of which can be inherited, as other code of the program may have it.
    std::vector<int> files;
    for (int i = 0; i < 4; ++i) {
        const auto opened = sys::open((dir / number(i)).c_str(), sys::open_read_write | sys::open_create);
        REQUIRE(opened);
        files.push_back(*opened);
        CHECK(*sys::is_close_on_exec(*opened));
    }
    CHECK(sys::set_close_on_exec(files[2], false));
    CHECK(sys::set_close_on_exec(files[3], false));
    launch look = launch::self("has-handles", number(files[0]), number(files[1]), number(files[2]), number(files[3]));
    REQUIRE(look.run());
    CHECK(look.output == "nnnn");
    // Those of the plan are copies; nothing of the original changes.
    launch count = launch::self("count-handles");
    REQUIRE(count.run({{3, files[0]}, {9, files[1]}}));
    CHECK(count.output == "2");
    CHECK(*sys::is_close_on_exec(files[0]));
    for (const int file : files) CHECK(sys::close(file));
}

TEST_CASE("descriptors beyond the standard ones reach programs of the C library") {
    const auto in = sys::pipe();
    const auto out = sys::pipe();
    REQUIRE(in);
    REQUIRE(out);
    REQUIRE(sys::write(in->write, "some bytes", 10).value_or(0) == 10);
    launch copy = launch::self("copy-descriptors");
    const auto end = copy.run({{7, out->write}, {5, in->read}});
    REQUIRE(end);
    CHECK(end->value == 0);
    char bytes[64];
    CHECK(sys::read(out->read, bytes, sizeof bytes).value_or(0) == 10);
    for (const int fd : {in->read, in->write, out->read, out->write}) CHECK(sys::close(fd));
}

TEST_CASE("a map of descriptors that cannot be is refused") {
    launch same = launch::self("sleep");
    CHECK(same.start({{1, 1}, {1, 1}}).error() == EINVAL);
    CHECK(same.why.step == spawn_step::descriptors);
    CHECK(same.start({{2048, 1}}).error() == EBADF);
    CHECK(same.start({{1, -1}}).error() == EBADF);
    CHECK(same.start({{1, 0x7654}}).error() == EBADF);
    CHECK(same.why.step == spawn_step::descriptors);
}

TEST_CASE("a child has the environment of its plan, in order and in Unicode") {
    launch show = launch::self("print-environment");
    const char* entries[] = {"zeta=1", "Alpha=\xC3\xA4 \xF0\x9F\x98\x80", "BETA=a=b", "alphb=", nullptr};
    show.plan.environment = entries;
    REQUIRE(::SetEnvironmentVariableW(L"COHORT_TEST_PARENT", L"x"));
    REQUIRE(show.run());
    REQUIRE(::SetEnvironmentVariableW(L"COHORT_TEST_PARENT", nullptr));
    // Wine adds variables of its own at the end.
    const std::string expected = "Alpha=\xC3\xA4 \xF0\x9F\x98\x80\nalphb=\nBETA=a=b\nzeta=1\n";
    CHECK(show.output.substr(0, expected.size()) == expected);
    CHECK(show.output.find("COHORT_TEST_PARENT") == std::string::npos);
    launch no_text = launch::self("print-environment");
    const char* wrong[] = {"A=\xFF", nullptr};
    no_text.plan.environment = wrong;
    CHECK(no_text.run().error() == EILSEQ);
}

TEST_CASE("variables are found whatever their case and taken once") {
    REQUIRE(::SetEnvironmentVariableW(L"Cohort_Test", L"\x00E4"));
    CHECK(sys::take_variable("COHORT_TEST") == "\xC3\xA4");
    CHECK(sys::take_variable("COHORT_TEST").empty());
    CHECK(sys::same_variable("Path", "PATH"));
    CHECK(sys::same_variable("\xC3\xA4", "\xC3\x84"));
    CHECK(!sys::same_variable("Path", "PATHEXT"));
    CHECK(sys::variable_name("=C:=C:\\dir") == "=C:");
    CHECK(sys::variable_name("A=B=C") == "A");
}

TEST_CASE("a child starts in the directory of its plan, and its program is sought from there") {
    const support::temp_dir dir;
    const std::string there = dir / "\xC3\xA4 b";
    REQUIRE(sys::mkdir(there.c_str()));
    launch show = launch::self("print-directory");
    show.plan.directory = there.c_str();
    REQUIRE(show.run());
    CHECK(show.output.substr(show.output.find_last_of('\\') + 1) == "\xC3\xA4 b");
    REQUIRE(::CopyFileW(sys::wide(support::self_path()).c_str(), sys::wide(there + "\\copy.exe").c_str(), TRUE));
    launch relative({"copy.exe", "--child", "print-directory"});
    relative.plan.directory = there.c_str();
    REQUIRE(relative.run());
    CHECK(relative.output == show.output);
    launch nowhere = launch::self("print-directory");
    nowhere.plan.directory = "C:\\no such directory";
    CHECK(!nowhere.run());
    CHECK(nowhere.why.step == spawn_step::directory);
    CHECK(cohort::detail::code_from(nowhere.why.error) == std::errc::no_such_file_or_directory);
    const std::string file = there + "\\copy.exe";
    nowhere.plan.directory = file.c_str();
    CHECK(nowhere.run().error() == ENOTDIR);
}

TEST_CASE("what is not started says why in the words of the system") {
    launch missing({"C:\\no such program.exe"});
    CHECK(!missing.run());
    CHECK(missing.why.step == spawn_step::exec);
    const std::error_code code = cohort::detail::code_from(missing.why.error);
    CHECK(code == std::error_code(ERROR_FILE_NOT_FOUND, std::system_category()));
    CHECK(code == std::errc::no_such_file_or_directory);
    CHECK(!code.message().empty());

    const support::temp_dir dir;
    const std::string text = dir / "text.exe";
    support::write_file(text, "this is no program, however it is called, and of some length");
    launch wrong({text});
    CHECK(!wrong.run());
    CHECK(cohort::detail::code_from(wrong.why.error) == std::error_code(ERROR_BAD_EXE_FORMAT, std::system_category()));
    launch directory({dir.path()});
    CHECK(!directory.run());
    CHECK(cohort::detail::code_from(directory.why.error) == std::errc::permission_denied);
    // Of several candidates: the first that can be started, and else what was forbidden.
    const std::string self = support::self_path();
    const char* several[] = {"C:\\none.exe", dir.path().c_str(), self.c_str()};
    launch found = launch::self("end-with", "3");
    found.plan.programs = several;
    const auto end = found.run();
    REQUIRE(end);
    CHECK(end->value == 3);
    found.plan.programs = cohort::detail::view<const char* const>(several, 2);
    CHECK(!found.run());
    CHECK(cohort::detail::code_from(found.why.error) == std::errc::permission_denied);
}

TEST_CASE("a batch file is run and gets its arguments") {
    const support::temp_dir dir;
    const std::string path = dir / "two words.bat";
    support::write_file(path, "@echo [%1] [%2]\r\n@exit 6\r\n");
    launch batch({path, "a b", "c&d"});
    const auto end = batch.run();
    REQUIRE(end);
    CHECK(end->value == 6);
    CHECK(batch.output == "[\"a b\"] [\"c&d\"]\r\n");
    launch refused({path, "a\nb"});
    CHECK(refused.run().error() == EINVAL);
}

TEST_CASE("exit codes have 32 bits, and those of exceptions and of signals read as signals") {
    for (const char* text : {"0", "1", "255", "256", "65536", "0x12345678"}) {
        launch child = launch::self("end-with", text);
        const auto end = child.run();
        REQUIRE(end);
        CHECK(end->kind == sys::exit_kind::exited);
        CHECK(end->value == std::strtol(text, nullptr, 0));
        CHECK(end->native_code == std::strtoul(text, nullptr, 0));
    }
    const std::pair<const char*, int> signals[] = {
        {"0xC0000005", SIGSEGV}, {"0xC000013A", SIGINT}, {"0xC0000094", SIGFPE}, {"0xC000001D", SIGILL},
        {"0xC0000409", SIGABRT}, {"0x80000003", SIGTRAP}, {"0xE0C05309", SIGKILL}};
    for (const auto& [text, signal] : signals) {
        launch child = launch::self("end-with", text);
        const auto end = child.run();
        REQUIRE(end);
        INFO(text);
        CHECK(end->kind == sys::exit_kind::signaled);
        CHECK(end->value == signal);
        CHECK(end->native_code == std::strtoul(text, nullptr, 0));
    }
    // The console tells programs of one kind of end only; who asked for it knows the name.
    CHECK(sys::explained(sys::exit_info_of(0xC000013A), SIGTERM).value == SIGTERM);
    CHECK(sys::explained(sys::exit_info_of(0xC000013A), 0).value == SIGINT);
    CHECK(sys::explained(sys::exit_info_of(7), SIGTERM).value == 7);
}

TEST_CASE("a process is ended by a signal, once") {
    for (const int sig : {SIGKILL, SIGTERM, SIGABRT}) {
        launch sleeping = launch::self("sleep");
        const auto child = sleeping.start({{1, 1}});
        REQUIRE(child);
        CHECK(sys::wait_pidfd(child->pidfd, true).would_block());
        CHECK(sys::pidfd_exit_info(child->pidfd).would_block());
        CHECK(!sys::pidfd_ended(child->pidfd));
        CHECK(sys::pidfd_send_signal(child->pidfd, 0));
        CHECK(sys::pidfd_send_signal(child->pidfd, sys::sigcont));
        CHECK(sys::pidfd_send_signal(child->pidfd, 63).error() == EINVAL);
        CHECK(sys::wait_pidfd(child->pidfd, true).would_block());
        CHECK(sys::pidfd_send_signal(child->pidfd, sig));
        const auto end = sys::wait_pidfd(child->pidfd, false);
        REQUIRE(end);
        CHECK(end->kind == sys::exit_kind::signaled);
        CHECK(end->value == sig);
        CHECK(sys::pidfd_ended(child->pidfd));
        CHECK(sys::pidfd_send_signal(child->pidfd, sig).error() == ESRCH);
        CHECK(sys::pidfd_send_signal(child->pidfd, 0).error() == ESRCH);
        CHECK(sys::wait_pidfd(child->pidfd, true)->value == sig);
        launch::release(*child);
    }
}

TEST_CASE("a group is ended with all that it has started") {
    launch tree = launch::self("with-grandchild");
    tree.plan.process_group = 0;
    const talking started(tree);
    REQUIRE(started.said > 0);
    CHECK(runs(started.said));
    const int pidfd = started.child.pidfd;
    {
        sys::process_tree group(started.child, true);
        CHECK(group.group());
        CHECK(group.signal(pidfd, 0));
        CHECK(group.signal(pidfd, 63).error() == EINVAL);
        // The leader alone first: the others are reached without it.
        REQUIRE(sys::pidfd_send_signal(pidfd, SIGKILL));
        CHECK(ends(started.child.pid));
        CHECK(group.rest_runs(pidfd));
        CHECK(runs(started.said));
        CHECK(group.signal_rest(pidfd, SIGTERM));
        CHECK(ends(started.said));
        CHECK(support::eventually([&] { return !group.rest_runs(pidfd); }));
        CHECK(group.signal_rest(pidfd, SIGKILL).error() == ESRCH);
    }
    CHECK(sys::close(pidfd));
}

TEST_CASE("a process that leads no group is ended alone, and let live where its tree is let go") {
    launch alone = launch::self("with-grandchild");
    const talking started(alone);
    const int pidfd = started.child.pidfd;
    {
        sys::process_tree tree(started.child, false);
        CHECK(!tree.group());
    }
    CHECK(!sys::pidfd_ended(pidfd));
    CHECK(sys::pidfd_send_signal(pidfd, SIGKILL));
    CHECK(ends(started.child.pid));
    CHECK(runs(started.said));
    const auto grandchild = sys::pidfd_open(started.said);
    REQUIRE(grandchild);
    CHECK(sys::pidfd_send_signal(*grandchild, SIGKILL));
    CHECK(ends(started.said));
    CHECK(sys::close(*grandchild));
    CHECK(sys::close(pidfd));
}

TEST_CASE("children end with a parent that ends without a word") {
    launch parent = launch::self("careless");
    const talking started(parent);
    CHECK(ends(started.child.pid));
    CHECK(ends(started.said));
    launch::release(started.child);
    CHECK(sys::pidfd_open(0x7FFFFFF0).error() == ESRCH);
}

TEST_CASE("this process is told as the system knows it") {
    CHECK(sys::getpid() == static_cast<int>(::GetCurrentProcessId()));
    CHECK(sys::getppid() > 0);
    CHECK(*sys::usable_cpus() >= 1);
    char path[4096];
    const auto length = sys::executable_path(path, sizeof path);
    REQUIRE(length);
    CHECK(std::string(path, *length) == support::self_path());
    CHECK(sys::executable_path(path, 3).error() == ERANGE);
    CHECK(sys::getcwd(path, 1).error() == ERANGE);
}
