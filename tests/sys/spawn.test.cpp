#include <cohort/sys/fault.hpp>
#include <cohort/sys/file.hpp>
#include <cohort/sys/spawn.hpp>

#include "support/test.hpp"
#include "sys/launch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace sys = cohort::sys;
namespace fault = cohort::sys::fault;
using support::in_each_clone_mode;
using support::launch;
using sys::spawn_step;

namespace {

/// What a field of /proc/self/status says, from the output of `cat /proc/self/status`.
std::string field(const std::string& status, const std::string& name) {
    const std::size_t at = status.find(name + ":\t");
    if (at == std::string::npos) return "missing " + name;
    const std::size_t begin = at + name.size() + 2;
    return status.substr(begin, status.find('\n', begin) - begin);
}

std::string number(long value) { return std::to_string(value); }

void choose_mode([[maybe_unused]] const std::string& mode) {
#if !COHORT_PROCESSES_BY_KQUEUE  // there is one way
    if (mode == "copy") sys::detail::spawn_mode.store(sys::detail::clone_mode::copy);
    if (mode == "gated") sys::detail::spawn_mode.store(sys::detail::clone_mode::gated);
#endif
}

}  // namespace

TEST_CASE("a program runs with its arguments and environment and its status is known") {
    in_each_clone_mode([] {
        launch sh({"/bin/sh", "-c", "echo \"$0|$1|$2|$X\"; exit 7", "zero", "", "two words"});
        const char* environment[] = {"X=value of x", nullptr};
        sh.plan.environment = environment;
        const auto end = sh.run();
        REQUIRE(end);
        CHECK(end->kind == sys::exit_kind::exited);
        CHECK(end->value == 7);
        CHECK(sh.output == "zero||two words|value of x\n");

        launch env({"/usr/bin/env"});
        env.plan.environment = nullptr;
        CHECK(env.run());
        CHECK(env.output == "");
    });
}

TEST_CASE("the pidfd of a child is close-on-exec and names it") {
    in_each_clone_mode([] {
        launch cat({"/bin/sleep", "1000"});
        const auto child = cat.start({{0, 0}, {1, 1}, {2, 2}});
        REQUIRE(child);
        CHECK(*sys::is_close_on_exec(child->pidfd));
        // The exec can no longer fail; its own name comes a moment later.
        CHECK(support::eventually(
            [&] { return support::read_file("/proc/" + number(child->pid) + "/comm") == "sleep\n"; }));
        CHECK(sys::pidfd_send_signal(child->pidfd, SIGTERM));
        const auto end = sys::wait_pidfd(child->pidfd, false);
        CHECK(end->kind == sys::exit_kind::signaled);
        CHECK(end->value == SIGTERM);
        CHECK(sys::close(child->pidfd));
    });
}

#if !COHORT_PROCESSES_BY_KQUEUE  // nothing has to be found out of a vfork
TEST_CASE("the first spawn of a process finds out how to clone") {
    if (COHORT_TSAN) return;
    const auto former = sys::detail::spawn_mode.load();
    sys::detail::spawn_mode.store(sys::detail::clone_mode::unknown);
    CHECK(launch({"/bin/true"}).run());
    // tests/matrix sets this where an emulator stands in for the processor.
    if (support::time_factor() == 1 && !std::getenv("COHORT_TEST_EMULATOR"))
        CHECK(sys::detail::spawn_mode.load() == sys::detail::clone_mode::shared);
    const bool pidfds = sys::detail::spawn_mode.load() != sys::detail::clone_mode::gated;  // not under every emulator
    // Without the flags of the first try, and without CLONE_PIDFD at all: a copy does it, now and from then on.
    for (const int refused : {1, 2}) {
        INFO(refused);
        sys::detail::spawn_mode.store(sys::detail::clone_mode::unknown);
        {
            fault::scope plan;
            fault::fail(sys::call::spawn_clone, 1, EINVAL);
            if (refused == 2) fault::fail(sys::call::spawn_clone, 2, EINVAL);
            const auto end = launch({"/bin/sh", "-c", "exit 5"}).run();
            REQUIRE(end);
            CHECK(end->value == 5);
            CHECK(fault::count(sys::call::pidfd_open) == (refused == 2 || !pidfds ? 1 : 0));
        }
        CHECK(sys::detail::spawn_mode.load() ==
              (refused == 2 || !pidfds ? sys::detail::clone_mode::gated : sys::detail::clone_mode::copy));
    }
    sys::detail::spawn_mode.store(former);
}
#endif

static support::child_role permute("permute", [](int, char** argv) {
    // 0, 1 and 2 become three files; the child writes k to its descriptor k. Runs all 27 maps of three onto three.
    choose_mode(argv[2]);
    const std::string base = argv[1];
    for (int map = 0; map < 27; ++map) {
        const int source[3] = {map % 3, map / 3 % 3, map / 9};
        for (int k = 0; k < 3; ++k) {
            close(k);
            if (open((base + "/" + number(k)).c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600) != k)
                return 100;
        }
        launch sh({"/bin/sh", "-c", "printf 0 >&0; printf 1 >&1; printf 2 >&2"});
        const auto child = sh.start({{0, source[0]}, {1, source[1]}, {2, source[2]}});
        if (!child) return 101;
        if (sys::wait_pidfd(child->pidfd, false)->value != 0) return 102;
        close(child->pidfd);
        for (int k = 0; k < 3; ++k) {
            std::string expected;
            for (int to = 0; to < 3; ++to)
                if (source[to] == k) expected += char('0' + to);
            if (support::read_file(base + "/" + number(k)) != expected) return 1 + map;
        }
    }
    return 0;
});

TEST_CASE("all 27 maps of 0, 1, 2 onto themselves come out right") {
    support::temp_dir dir;
    for (const char* mode : {"default", "copy", "gated"}) {
        INFO(mode);
        CHECK(support::run_program(support::child_argv("permute", dir.path(), std::string(mode))).code() == 0);
    }
}

static support::child_role list_fds("list-fds", [](int, char**) {
    for (const auto& [fd, target] : support::open_fds()) std::printf("%d %s\n", fd, target.c_str());
    return 0;
});

TEST_CASE("descriptors 3 to 20 are moved in any order, over each other") {
    support::temp_dir dir;
    in_each_clone_mode([&] {
        for (const int shape : {0, 1, 2, 3}) {
            // Files at consecutive numbers that overlap the wanted range.
            std::vector<int> files;
            std::string expected;
            launch lister(support::child_argv("list-fds"));
            for (int i = 0; i < 18; ++i) files.push_back(*sys::open((dir / number(i)).c_str(), O_RDWR | O_CREAT));
            for (int target = 3; target <= 20; ++target) {
                const int i = target - 3;
                const int pick = shape == 0 ? i : shape == 1 ? 17 - i : shape == 2 ? (i + 7) % 18 : i / 2;
                sys::fd_mapping mapping;
                mapping.child_fd = target;
                mapping.source_fd = files[static_cast<std::size_t>(pick)];
                lister.more.push_back(mapping);
                expected += number(target) + " " + dir / number(pick) + "\n";
            }
            if (shape == 3) std::reverse(lister.more.begin(), lister.more.end());
            const auto end = lister.run();
            REQUIRE(end);
            CHECK(end->value == 0);
            CHECK_THAT(lister.output, Catch::Matchers::ContainsSubstring("\n" + expected));
            CHECK(std::count(lister.output.begin(), lister.output.end(), '\n') == 21);
            for (const int fd : files) CHECK(sys::close(fd));
        }
    });
}

TEST_CASE("a plan may be large, and moves find room below a tight limit") {
    in_each_clone_mode([] {
        rlimit former{};
        REQUIRE(getrlimit(RLIMIT_NOFILE, &former) == 0);
        rlimit low = former;
        low.rlim_cur = 256;
        const int null = *sys::open("/dev/null", O_RDWR);
        launch lister(support::child_argv("list-fds"));
        for (int target = 3; target < 256; ++target) {
            sys::fd_mapping mapping;
            mapping.child_fd = target;
            mapping.source_fd = null;
            if (target < 250) lister.more.push_back(mapping);
        }
        // Two that swap, at the very end of the range: there is no number above them.
        const int a = *sys::dup(0, 254), b = *sys::dup(null, 255);
        sys::fd_mapping swap_a, swap_b;
        swap_a.child_fd = 255;
        swap_a.source_fd = a;
        swap_b.child_fd = 254;
        swap_b.source_fd = b;
        lister.more.push_back(swap_a);
        lister.more.push_back(swap_b);
        REQUIRE(a == 254);
        REQUIRE(b == 255);
        REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
        const auto end = lister.run();
        REQUIRE(setrlimit(RLIMIT_NOFILE, &former) == 0);
        CHECK(lister.why.error == 0);
        CHECK(end);
        CHECK_THAT(lister.output, Catch::Matchers::ContainsSubstring("\n254 /dev/null\n"));
        CHECK_THAT(lister.output, Catch::Matchers::ContainsSubstring("\n249 /dev/null\n"));
        CHECK(std::count(lister.output.begin(), lister.output.end(), '\n') == 252);
        for (int fd : {a, b, null}) CHECK(sys::close(fd));
    });
}

static support::child_role without_stdio("without-stdio", [](int, char** argv) {
    choose_mode(argv[1]);
    for (int fd = 0; fd < 3; ++fd) close(fd);
    // The pidfd, the pipe, all land in 0 to 2 now.
    launch sh({"/bin/sh", "-c", "echo out; exit 9"});
    const sys::outcome<sys::pipe_pair> p = sys::pipe();
    if (p->read != 0 || p->write != 1) return 1;
    const auto child = sh.start({{0, p->read}, {1, p->write}, {2, p->write}});
    if (!child) return 2;
    close(p->write);
    char got[8];
    if (read(p->read, got, sizeof got) != 4 || std::string(got, 4) != "out\n") return 3;
    if (sys::wait_pidfd(child->pidfd, false)->value != 9) return 4;
    launch wrong({"/no/such"});
    if (wrong.start({{0, p->read}, {1, p->read}, {2, p->read}}) || wrong.why.step != spawn_step::exec) return 5;
    return 0;
});

TEST_CASE("a parent without 0, 1 and 2 spawns all the same") {
    for (const char* mode : {"default", "copy", "gated"}) {
        INFO(mode);
        CHECK(support::run_program(support::child_argv("without-stdio", std::string(mode))).code() == 0);
    }
}

TEST_CASE("failures name their step and error and leave nothing") {
    support::temp_dir dir;
    const std::string plain = dir / "plain", script = dir / "script", bad = dir / "bad";
    support::write_file(plain, "text");
    support::write_file(script, "exit 0\n");
    support::write_file(bad, "#!/no/such/interpreter\n");
    REQUIRE(chmod(script.c_str(), 0755) == 0);
    REQUIRE(chmod(bad.c_str(), 0755) == 0);
    in_each_clone_mode([&] {
        const auto before = support::open_fds();
        const auto expect = [&](launch& l, spawn_step step, int error) {
            CHECK(l.run().error() == error);
            CHECK(std::string(name(l.why.step)) == name(step));
            CHECK(l.why.error == error);
            CHECK(support::child_processes().empty());
        };
        launch absent({dir / "absent"});
        expect(absent, spawn_step::exec, ENOENT);
        launch forbidden({plain});
        expect(forbidden, spawn_step::exec, EACCES);
        launch below({plain + "/x"});
        expect(below, spawn_step::exec, ENOTDIR);
        launch shapeless({script});
        expect(shapeless, spawn_step::exec, ENOEXEC);
        launch interpreter({bad});
        expect(interpreter, spawn_step::exec, ENOENT);
        launch huge({"/bin/true", std::string(16u << 20, 'x')});
        expect(huge, spawn_step::exec, E2BIG);
        launch nowhere({"/bin/true"});
        const std::string gone = dir / "gone";
        nowhere.plan.directory = gone.c_str();
        expect(nowhere, spawn_step::directory, ENOENT);
        launch closed({"/bin/true"});
        closed.more = {{5, 19999}};
        expect(closed, spawn_step::descriptors, EBADF);
        launch closed_in_place({"/bin/true"});
        closed_in_place.more = {{19999, 19999}};
        expect(closed_in_place, spawn_step::descriptors, EBADF);
        launch leader({"/bin/true"});
        leader.plan.process_group = 1;  // of another session
        expect(leader, spawn_step::process_group, EPERM);
        launch limited({"/bin/true"});
        const sys::resource_limit wrong[] = {{RLIMIT_NOFILE, 20, 10}};
        limited.plan.limits = wrong;
        expect(limited, spawn_step::limits, EINVAL);
        launch dying({"/bin/true"});
        dying.plan.parent_death_signal = 1000;
        expect(dying, spawn_step::parent_death, EINVAL);
        CHECK(support::open_fds() == before);
    });
}

TEST_CASE("a plan that contradicts itself starts nothing") {
    const auto expect = [](launch& l, int error) {
        CHECK(l.run().error() == error);
        CHECK(l.why.step == spawn_step::prepare);
    };
    launch twice({"/bin/true"});
    twice.more = {{7, 0}, {7, 1}};
    expect(twice, EINVAL);
    launch negative({"/bin/true"});
    negative.more = {{-1, 0}};
    expect(negative, EBADF);
    negative.more = {{7, -1}};
    expect(negative, EBADF);
    launch both({"/bin/true"});
    both.plan.new_session = true;
    both.plan.process_group = 0;
    expect(both, EINVAL);
    launch nothing({"/bin/true"});
    nothing.programs.clear();
    expect(nothing, EINVAL);
}

TEST_CASE("candidates are tried in order") {
    support::temp_dir dir;
    const std::string plain = dir / "plain";
    support::write_file(plain, "text");
    in_each_clone_mode([&] {
        launch found({"/bin/echo", "found"});
        found.programs = {dir / "absent", plain, plain + "/below", "/bin/echo", "/bin/false"};
        CHECK(found.run());
        CHECK(found.output == "found\n");
        launch none({"x"});
        none.programs = {dir / "absent", plain, dir / "absent"};
        CHECK(none.run().error() == EACCES);
        none.programs = {dir / "absent", dir / "absent"};
        CHECK(none.run().error() == ENOENT);
    });
}

TEST_CASE("directory, session, group, priority, mask and limits take effect") {
    support::temp_dir dir;
    const int priority = std::min(19, getpriority(PRIO_PROCESS, 0) + 3);  // to raise it would need a privilege
    in_each_clone_mode([&] {
        launch sh({"/bin/sh", "-c", "pwd; umask; nice; ulimit -n; cut -d' ' -f1,5,6 /proc/$$/stat; echo $$"});
        sh.plan.directory = dir.path().c_str();
        sh.plan.umask = 027;
        sh.plan.priority = priority;
        const sys::resource_limit limits[] = {{RLIMIT_NOFILE, 77, 99}};
        sh.plan.limits = limits;
        sh.plan.process_group = 0;
        REQUIRE(sh.run());
        std::istringstream lines(sh.output);
        std::string directory, mask, nice, files;
        long pid = 0, group = 0, session = 0, shell = 0;
        std::getline(lines, directory);
        lines >> mask >> nice >> files >> pid >> group >> session >> shell;
        CHECK(directory == dir.path());
        CHECK(mask == "0027");
        CHECK(nice == number(priority));
        CHECK(files == "77");
        CHECK(group == shell);
        CHECK(session == getsid(0));

        launch leader({"/bin/sh", "-c", "cut -d' ' -f1,5,6 /proc/$$/stat"});
        leader.plan.new_session = true;
        REQUIRE(leader.run());
        std::istringstream fields(leader.output);
        fields >> pid >> group >> session;
        CHECK(group == pid);
        CHECK(session == pid);
    });
}

TEST_CASE("ids and groups are changed for good") {
    if (geteuid() != 0) return;
    in_each_clone_mode([] {
        launch cat({"/bin/cat", "/proc/self/status"});
        const gid_t groups[] = {7, 11};
        cat.plan.user = 65534;
        cat.plan.group = 65533;
        cat.plan.groups = groups;
        REQUIRE(cat.run());
        CHECK(field(cat.output, "Uid") == "65534\t65534\t65534\t65534");
        CHECK(field(cat.output, "Gid") == "65533\t65533\t65533\t65533");
        CHECK(field(cat.output, "Groups") == "7 11 ");
        CHECK(geteuid() == 0);  // and this process has kept its own
        launch none({"/bin/cat", "/proc/self/status"});
        none.plan.groups = std::span<const gid_t>();
        REQUIRE(none.run());
        CHECK_THAT(field(none.output, "Groups"), Catch::Matchers::Equals(" ") || Catch::Matchers::Equals(""));
    });
}

TEST_CASE("the mask is empty and all dispositions are at their default") {
    struct sigaction handled {
    }, ignored{}, former[5];
    handled.sa_handler = [](int) {};
    ignored.sa_handler = SIG_IGN;
    sigaction(SIGUSR1, &handled, &former[0]);
    sigaction(SIGUSR2, &ignored, &former[1]);
    sigaction(SIGPIPE, &ignored, &former[2]);
    sigaction(SIGRTMIN + 3, &ignored, &former[3]);
    sigaction(SIGHUP, &ignored, &former[4]);
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGRTMAX);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    in_each_clone_mode([] {
        launch cat({"/bin/cat", "/proc/self/status"});
        REQUIRE(cat.run());
        CHECK(field(cat.output, "SigBlk") == "0000000000000000");
        CHECK(field(cat.output, "SigIgn") == "0000000000000000");
        CHECK(field(cat.output, "SigCgt") == "0000000000000000");
        cat.plan.ignored_signals = 1u << (SIGHUP - 1) | 1u << (SIGPIPE - 1);
        REQUIRE(cat.run());
        CHECK(field(cat.output, "SigIgn") == "0000000000001001");
        // And here nothing has changed.
        sigset_t now;
        pthread_sigmask(SIG_SETMASK, nullptr, &now);
        CHECK(sigismember(&now, SIGTERM) == 1);
        CHECK(sigismember(&now, SIGINT) == 0);
        struct sigaction kept {};
        sigaction(SIGUSR1, nullptr, &kept);
        CHECK(kept.sa_handler != SIG_DFL);
        sigaction(SIGPIPE, nullptr, &kept);
        CHECK(kept.sa_handler == SIG_IGN);
    });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    sigaction(SIGUSR1, &former[0], nullptr);
    sigaction(SIGUSR2, &former[1], nullptr);
    sigaction(SIGPIPE, &former[2], nullptr);
    sigaction(SIGRTMIN + 3, &former[3], nullptr);
    sigaction(SIGHUP, &former[4], nullptr);
}

TEST_CASE("no descriptor gets into a child while eight threads open and close files") {
    in_each_clone_mode([] {
        std::atomic<bool> stop{false};
        std::vector<std::thread> threads;
        for (int t = 0; t < 8; ++t)
            threads.emplace_back([&] {
                while (!stop) {
                    const int a = ::open("/dev/zero", O_RDONLY);  // not close-on-exec, on purpose
                    const int b = ::dup(a);
                    ::close(a);
                    ::close(b);
                }
            });
        std::vector<std::string> lists;
        for (int i = 0; i < 10; ++i) {
            launch lister(support::child_argv("list-fds"));
            if (i % 2) lister.more = {{9, 0}, {4, 2}};
            if (!lister.run()) break;
            lists.push_back(lister.output);
        }
        stop = true;
        for (std::thread& each : threads) each.join();
        REQUIRE(lists.size() == 10);
        for (std::size_t i = 0; i < lists.size(); ++i) {
            INFO(lists[i]);
            CHECK(std::count(lists[i].begin(), lists[i].end(), '\n') == (i % 2 ? 5 : 3));
        }
    });
}

TEST_CASE("threads spawn at the same time") {
    in_each_clone_mode([] {
        std::vector<std::thread> threads;
        std::atomic<int> right{0};
        for (int t = 0; t < 4; ++t)
            threads.emplace_back([&, t] {
                for (int i = 0; i < 10; ++i) {
                    launch sh({"/bin/sh", "-c", "echo " + number(t) + "; exit " + number(i)});
                    if (i % 5 == 4) sh.programs = {"/no/such"};
                    const auto end = sh.run();
                    if (i % 5 == 4)
                        right += sh.why.step == spawn_step::exec && sh.why.error == ENOENT;
                    else
                        right += end && end->value == i && sh.output == number(t) + "\n";
                }
            });
        for (std::thread& each : threads) each.join();
        CHECK(right == 40);
    });
}

#if !COHORT_PROCESSES_BY_KQUEUE  // no system with kqueue is without close_range
TEST_CASE("closing what is not wanted works without close_range and without /proc/self/fd") {
    in_each_clone_mode([] {
        const int open_here = ::open("/dev/zero", O_RDONLY);
        const int far = ::fcntl(open_here, F_DUPFD, 900);
        for (const int level : {1, 2}) {
            launch lister(support::child_argv("list-fds"));
            lister.more = {{11, 0}};
            fault::scope plan;
            fault::every(sys::call::spawn_close_range, 1, ENOSYS);
            if (level == 2) fault::fail(sys::call::spawn_close_others, 1, ENOENT);  // the listing, not the limit
            REQUIRE(lister.run());
            INFO(lister.output);
            CHECK(std::count(lister.output.begin(), lister.output.end(), '\n') == 4);
        }
        (void)sys::close(far);
        (void)sys::close(open_here);
    });
}
#endif

TEST_CASE("every call of the child and of the parent can fail") {
    in_each_clone_mode([] {
        struct site {
            sys::call which;
            std::uint64_t nth;
            spawn_step step;
        };
        const gid_t groups[] = {0};
        const sys::resource_limit limits[] = {{RLIMIT_CORE, 0, 0}};
        const site sites[] = {
            {sys::call::spawn_clone, 1, spawn_step::clone},
            {sys::call::spawn_signals, 1, spawn_step::signals},
            {sys::call::spawn_signals, 30, spawn_step::signals},
            {sys::call::spawn_signals, 63, spawn_step::signals},  // the mask
            {sys::call::spawn_group, 1, spawn_step::process_group},
            {sys::call::spawn_directory, 1, spawn_step::directory},
            {sys::call::spawn_priority, 1, spawn_step::priority},
            {sys::call::spawn_dup, 1, spawn_step::descriptors},
            {sys::call::spawn_keep, 1, spawn_step::descriptors},
            {sys::call::spawn_limits, 1, spawn_step::limits},
            {sys::call::spawn_groups, 1, spawn_step::groups},
            {sys::call::spawn_group_id, 1, spawn_step::group_id},
            {sys::call::spawn_user_id, 1, spawn_step::user_id},
            {sys::call::spawn_parent_death, 1, spawn_step::parent_death},
            {sys::call::spawn_exec, 1, spawn_step::exec},
        };
        const auto before = support::open_fds();
        const auto configure = [&](launch& l) {
            l.plan.directory = "/";
            l.plan.priority = getpriority(PRIO_PROCESS, 0);
            l.plan.process_group = 0;
            l.plan.limits = limits;
            l.plan.groups = groups;
            l.plan.group = getegid();
            l.plan.user = geteuid();
            l.plan.parent_death_signal = SIGKILL;
        };
        for (const site& each : sites) {
            INFO(name(each.which) << " " << each.nth);
            launch l({"/bin/true"});
            configure(l);
            fault::scope plan;
            fault::fail(each.which, each.nth, EIO);
            CHECK(l.run().error() == EIO);
            CHECK(std::string(name(l.why.step)) == name(each.step));
            CHECK(support::child_processes().empty());
        }
        {
            launch session({"/bin/true"});
            session.plan.new_session = true;
            fault::scope plan;
            fault::fail(sys::call::spawn_session, 1, EPERM);
            CHECK(session.run().error() == EPERM);
            CHECK(session.why.step == spawn_step::session);
        }
        {
            launch l({"/bin/true"});
            fault::scope plan;
            fault::every(sys::call::spawn_close_range, 1, EPERM);
            fault::every(sys::call::spawn_close_others, 1, EACCES);
            CHECK(l.run().error() == (COHORT_PROCESSES_BY_KQUEUE ? EPERM : EACCES));
            CHECK(l.why.step == spawn_step::close_others);
        }
#if !COHORT_PROCESSES_BY_KQUEUE  // a vfork reports by memory, and has its queue before it begins
        if (sys::detail::spawn_mode.load() != sys::detail::clone_mode::shared) {
            launch l({"/bin/true"});
            fault::scope plan;
            fault::fail(sys::call::socketpair, 1, EMFILE);
            CHECK(l.run().error() == EMFILE);
            CHECK(l.why.step == spawn_step::prepare);
        }
        if (sys::detail::spawn_mode.load() == sys::detail::clone_mode::gated) {
            // Without a pidfd nothing is started: the child is still waiting for its byte.
            support::temp_dir dir;
            launch touch({"/bin/touch", dir / "started"});
            fault::scope plan;
            fault::fail(sys::call::pidfd_open, 1, EMFILE);
            CHECK(touch.run().error() == EMFILE);
            CHECK(touch.why.step == spawn_step::clone);
            CHECK(access((dir / "started").c_str(), F_OK) == -1);
        }
#else
        {
            support::temp_dir dir;
            launch touch({"/bin/touch", dir / "started"});
            fault::scope plan;
            fault::fail(sys::call::pidfd_open, 1, EMFILE);
            CHECK(touch.run().error() == EMFILE);
            CHECK(touch.why.step == spawn_step::clone);
            CHECK(access((dir / "started").c_str(), F_OK) == -1);
        }
#endif
        launch fine({"/bin/true"});
        configure(fine);
        CHECK(fine.run());
        CHECK(support::open_fds() == before);
        CHECK(support::child_processes().empty());
    });
}

TEST_CASE("the time of a spawn does not grow with the parent") {
    if (support::time_factor() > 1) return;  // instrumented memory grows by itself
    // The thread's own processor time: what others do on the machine does not count.
    const auto spent = [] {
        timespec t;
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
    };
    const auto best = [&] {
        std::chrono::nanoseconds least = std::chrono::hours(1);
        for (int i = 0; i < 15; ++i) {
            launch l({"/bin/true"});
            const auto start = spent();
            const auto child = l.start({{0, 0}, {1, 1}, {2, 2}});
            least = std::min(least, spent() - start);
            REQUIRE(child);
            CHECK(sys::wait_pidfd(child->pidfd, false));
            (void)sys::close(child->pidfd);
        }
        return least;
    };
    const auto small = best();
    std::vector<char> resident(384u << 20, 1);
    const auto large = best();
    CHECK(resident[resident.size() / 2] == 1);
    CHECK(large < 4 * small);
}

static support::child_role signalled("signalled", [](int, char** argv) {
    // A group of its own that is signalled all the time: parent and child alike. The handler counts in memory that a child
    // may share. A child that has been executed dies of it, which is as it should be.
    static std::atomic<long> seen{0}, foreign{0};
    static pid_t self;
    choose_mode(argv[1]);
    if (setpgid(0, 0) != 0) return 3;
    self = getpid();
    struct sigaction counting {};
    counting.sa_handler = [](int) {
        ++seen;
        if (getpid() != self) ++foreign;
    };
    counting.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &counting, nullptr);
    std::atomic<bool> stop{false};
    std::thread sender([&] {
        while (!stop) {
            kill(0, SIGUSR1);
            std::this_thread::yield();
        }
    });
    bool right = true;
    for (int i = 0; i < 150; ++i) {
        launch l({i % 4 == 3 ? "/no/such" : "/bin/true"});
        const auto child = l.start({{0, 0}, {1, 1}, {2, 2}});
        if (!child) {
            right = right && l.why.step == spawn_step::exec;
            continue;
        }
        const auto end = sys::wait_pidfd(child->pidfd, false);
        right = right && end && (end->kind == sys::exit_kind::exited ? end->value == 0 : end->value == SIGUSR1);
        close(child->pidfd);
    }
    stop = true;
    sender.join();
    return seen == 0 ? 2 : foreign != 0 ? 1 : right ? 0 : 4;
});

TEST_CASE("a signal handler of the parent never runs in the child") {
    for (const char* mode : {"default", "copy", "gated"}) {
        INFO(mode);
        CHECK(support::run_program(support::child_argv("signalled", std::string(mode))).code() == 0);
    }
}
