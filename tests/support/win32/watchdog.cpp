#include "support/watchdog.hpp"

#include "support/child.hpp"
#include "support/environment.hpp"
#include "support/resources.hpp"
#include "support/temp_dir.hpp"
#include "support/watchdog_board.hpp"
#include "support/win32/inspect.hpp"
#include "support/win32/win32.hpp"

#include <cstdio>
#include <cstdlib>
#include <new>

namespace support {

namespace {

using win32::fail;

DWORD watching = 0;

constexpr UINT code_of_time_limit = 134;  // what a shell gives for SIGABRT, by which the other systems' watcher ends it

/// Named objects of a run: the page and the job.
std::wstring name_of(const wchar_t* what, DWORD watcher) {
    return std::wstring(L"Local\\cohort-tests-") + what + L"-" + std::to_wstring(watcher);
}

board* map_board(HANDLE mapping) {
    void* shared = ::MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, sizeof(board));
    if (!shared) fail("MapViewOfFile");
    return static_cast<board*>(shared);
}

/// The watcher survives a CTRL+C, which goes to the tests as well, and reports what became of them.
BOOL WINAPI stay(DWORD event) { return event == CTRL_C_EVENT || event == CTRL_BREAK_EVENT; }

void print_process(DWORD pid, const std::string& name) {
    std::fprintf(stderr, "  process %lu \"%s\"\n", pid, name.c_str());
    for (const auto& [id, text] : threads(pid_t(pid))) std::fprintf(stderr, "   thread %lld %s\n", (long long)id, text.c_str());
    const std::vector<std::string> handles = win32::handles_of(pid);
    std::fprintf(stderr, "   handles: %zu\n", handles.size());
    for (const std::string& handle : handles) std::fprintf(stderr, "    %s\n", handle.c_str());
    for (const process_entry& child : child_processes(pid_t(pid))) print_process(DWORD(child.pid()), child.name());
}

int watch(HANDLE tests, DWORD pid, HANDLE job) {
    while (::WaitForSingleObject(tests, 250) == WAIT_TIMEOUT) {
        if (!time_is_up()) continue;
        say_time_limit();
        print_process(pid, "tests");
        ::TerminateJobObject(job, code_of_time_limit);
        ::WaitForSingleObject(tests, INFINITE);
    }
    DWORD code = 0;
    if (!::GetExitCodeProcess(tests, &code)) fail("GetExitCodeProcess");
    char how[64];
    std::snprintf(how, sizeof how, code >= 0xC0000000 ? "exception 0x%lX" : "exit code %lu", code);
    if (ended_inside_a_case(how) && code == 0) code = 1;
    // What the tests started ends here, with its files closed, before the scratch folder is removed.
    ::TerminateJobObject(job, 1);
    for (DWORD left : win32::processes_of(job)) {
        const win32::handle process(::OpenProcess(SYNCHRONIZE, FALSE, left));
        if (process) ::WaitForSingleObject(process.get(), INFINITE);
    }
    // Of an exit code that does not fit into eight bits some shells see only those.
    return code > 255 ? 128 + int(code & 63) : int(code);
}

/// In the process under test.
int run_as_tests(DWORD watcher_id, int (*run)(int argc, char** argv), int argc, char** argv) {
    set_environment("COHORT_TEST_WATCHER", "");
    watching = watcher_id;
    {
        const win32::handle mapping(::OpenFileMappingW(FILE_MAP_ALL_ACCESS, FALSE, name_of(L"board", watching).c_str()));
        if (!mapping) fail("OpenFileMappingW");
        use_board(map_board(mapping.get()));
    }
    const int code = run(argc, argv);
    std::fflush(nullptr);
    return code;
}

}  // namespace

namespace win32 {

std::vector<DWORD> processes_of(HANDLE job) {
    std::vector<ULONG_PTR> room(256);
    for (;;) {
        auto* list = reinterpret_cast<JOBOBJECT_BASIC_PROCESS_ID_LIST*>(room.data());
        const DWORD size = DWORD(room.size() * sizeof room[0]);
        if (::QueryInformationJobObject(job, JobObjectBasicProcessIdList, list, size, nullptr)) {
            return std::vector<DWORD>(list->ProcessIdList, list->ProcessIdList + list->NumberOfProcessIdsInList);
        }
        if (::GetLastError() != ERROR_MORE_DATA) fail("QueryInformationJobObject");
        room.resize(room.size() * 2);
    }
}

std::vector<DWORD> processes_of_run() {
    if (!watching) return {};
    const handle job(::OpenJobObjectW(JOB_OBJECT_QUERY, FALSE, name_of(L"job", watching).c_str()));
    if (!job) fail("OpenJobObjectW");
    return processes_of(job.get());
}

}  // namespace win32

pid_t watcher() noexcept { return pid_t(watching); }

int run_watched(int (*run)(int argc, char** argv), int argc, char** argv) {
    if (const std::string id = environment("COHORT_TEST_WATCHER"); !id.empty()) {
        return run_as_tests(DWORD(std::strtoul(id.c_str(), nullptr, 10)), run, argc, argv);
    }
    temp_dir scratch;  // all that the tests write; gone at the end whatever happens to them
    for (const char* name : {"TMPDIR", "TMP", "TEMP"}) set_environment(name, scratch.path());
    if (::IsDebuggerPresent() || environment("COHORT_TEST_WATCHDOG") == "0") {
        const int code = run(argc, argv);
        report(code);
        return code;
    }
    const DWORD self = ::GetCurrentProcessId();
    const win32::handle mapping(::CreateFileMappingW(INVALID_HANDLE_VALUE, nullptr, PAGE_READWRITE, 0, sizeof(board),
                                                     name_of(L"board", self).c_str()));
    if (!mapping) fail("CreateFileMappingW");
    use_board(new (map_board(mapping.get())) board());

    const win32::handle job(::CreateJobObjectW(nullptr, name_of(L"job", self).c_str()));
    if (!job) fail("CreateJobObjectW");
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE;  // when this process is killed itself
    if (!::SetInformationJobObject(job.get(), JobObjectExtendedLimitInformation, &limits, sizeof limits)) {
        fail("SetInformationJobObject");
    }
    ::SetConsoleCtrlHandler(stay, TRUE);
    set_environment("COHORT_TEST_WATCHER", std::to_string(self));

    STARTUPINFOW info{};
    info.cb = sizeof info;
    info.dwFlags = STARTF_USESTDHANDLES;
    HANDLE* const streams[] = {&info.hStdInput, &info.hStdOutput, &info.hStdError};
    const DWORD names[] = {STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, STD_ERROR_HANDLE};
    for (int i = 0; i < 3; ++i) {
        *streams[i] = ::GetStdHandle(names[i]);
        ::SetHandleInformation(*streams[i], HANDLE_FLAG_INHERIT, HANDLE_FLAG_INHERIT);
    }
    std::wstring line = ::GetCommandLineW();
    PROCESS_INFORMATION made{};
    // Where there is no console, as under Wine in CI, the tests get one that nobody sees and that their children share. A child
    // that had to make its own would have Wine start that console's program with all that the child has inherited; when the child
    // is killed before the two know each other that program stays, and keeps the child's pipes open.
    const DWORD flags = CREATE_SUSPENDED | (::GetConsoleCP() == 0 ? CREATE_NO_WINDOW : 0);
    if (!::CreateProcessW(win32::wide(self_path()).c_str(), line.data(), nullptr, nullptr, TRUE, flags, nullptr, nullptr, &info,
                          &made)) {
        fail("CreateProcessW");
    }
    const win32::handle tests(made.hProcess), thread(made.hThread);
    if (!::AssignProcessToJobObject(job.get(), tests.get())) {
        const DWORD error = ::GetLastError();
        ::TerminateProcess(tests.get(), 1);
        fail("AssignProcessToJobObject", error);
    }
    ::ResumeThread(thread.get());
    const int code = watch(tests.get(), made.dwProcessId, job.get());
    report(code);
    return code;
}

}  // namespace support
