#include "support/resources.hpp"

#include "support/watchdog.hpp"
#include "support/win32/inspect.hpp"
#include "support/win32/win32.hpp"

#include <algorithm>
#include <cstdint>
#include <psapi.h>
#include <tlhelp32.h>
#include <winternl.h>

namespace support {

namespace {

/// What NtQueryInformationProcess gives as ProcessHandleInformation, after a count and a reserved word.
class handle_record {
public:
    HANDLE value;
    ULONG_PTR handles;
    ULONG_PTR pointers;
    ULONG access;
    ULONG type;
    ULONG attributes;
    ULONG unused;
};

/// Calls `each` with the handles of a process, among others that are none: it says whether it was one.
///
/// Not by the list of all processes' handles (NtQuerySystemInformation): when that comes to a process that has no handle yet, or
/// none any more, Wine's server ends in a segmentation fault (enum_handles in its handle.c goes on to the last entry, -1 in an
/// unsigned int), and its clients wait for its answer for ever. Wine knows no list of one process's handles; it gives out the
/// lowest free number.
template <class Each>
void each_handle(HANDLE process, Each each) {
    constexpr auto process_handles = PROCESSINFOCLASS(51);
    constexpr NTSTATUS too_small = NTSTATUS(0xC0000004);
    std::vector<ULONG_PTR> table(1 << 12);
    for (;;) {
        const NTSTATUS status =
            ::NtQueryInformationProcess(process, process_handles, table.data(), ULONG(table.size() * sizeof table[0]), nullptr);
        if (status == 0) {
            const auto* records = reinterpret_cast<const handle_record*>(table.data() + 2);
            for (ULONG_PTR i = 0; i < table[0]; ++i) each(records[i].value);
            return;
        }
        if (status != too_small) break;
        table.resize(table.size() * 2);
    }
    constexpr int widest_gap = 512;
    int gap = 0;
    for (std::uintptr_t value = 4; gap < widest_gap; value += 4) gap = each(reinterpret_cast<HANDLE>(value)) ? 0 : gap + 1;
}

/// The type of a handle's object (ObjectTypeInformation) or its name (ObjectNameInformation): both begin with the text.
std::string text_of(HANDLE handle, int information) {
    alignas(UNICODE_STRING) char room[4096];
    ULONG length = 0;
    if (::NtQueryObject(handle, OBJECT_INFORMATION_CLASS(information), room, sizeof room, &length) != 0) return "?";
    const auto* text = reinterpret_cast<const UNICODE_STRING*>(room);
    return text->Buffer ? win32::narrow(text->Buffer, text->Length / sizeof(wchar_t)) : "";
}

std::string type_of(HANDLE handle) { return text_of(handle, 2); }
std::string name_of(HANDLE handle) { return text_of(handle, 1); }

/// What the system's libraries open when they are first used, in the middle of any call, and keep: registry keys, folders of
/// named objects, the trace sessions, what the thread pool waits with.
bool of_the_system(const std::string& type) {
    for (const char* known : {"Key", "Directory", "EtwRegistration", "KeyedEvent", "ALPC Port", "TpWorkerFactory", "IRTimer",
                              "WaitCompletionPacket", "DebugObject"}) {
        if (type == known) return true;
    }
    return false;
}

/// Those that a mutex or a condition variable of the C library has are not distinguishable from others.
bool of_the_runtime(const std::string& type, const std::string& name) {
    return name.empty() && (type == "Event" || type == "Semaphore");
}

template <class Entry, class Each>
void each_entry(DWORD what, BOOL(WINAPI* first)(HANDLE, Entry*), BOOL(WINAPI* next)(HANDLE, Entry*), Each each) {
    const win32::handle snapshot(::CreateToolhelp32Snapshot(what, 0));
    if (!snapshot) win32::fail("CreateToolhelp32Snapshot");
    Entry entry{};
    entry.dwSize = sizeof entry;
    for (BOOL more = first(snapshot.get(), &entry); more; more = next(snapshot.get(), &entry)) each(entry);
}

template <class Each>
void each_process(Each each) {
    each_entry<PROCESSENTRY32W>(TH32CS_SNAPPROCESS, ::Process32FirstW, ::Process32NextW, each);
}

/// The host of a console window: a process that the system starts beside a program that has one, and ends with it.
bool is_console_host(const PROCESSENTRY32W& entry) { return ::_wcsicmp(entry.szExeFile, L"conhost.exe") == 0; }

/// When a process began, in FILETIME's units; 0: it is gone.
std::uint64_t begin_of(DWORD id) {
    const win32::handle process(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, id));
    FILETIME began{}, ended{}, in_kernel{}, in_user{};
    if (!process || !::GetProcessTimes(process.get(), &began, &ended, &in_kernel, &in_user)) return 0;
    return std::uint64_t(began.dwHighDateTime) << 32 | began.dwLowDateTime;
}

/// Threads begin in the C library or in this program, but those of the system's pool in ntdll. Of one that has ended since the
/// list was made nothing is known any more: it is none that is left.
bool is_gone_or_of_the_pool(DWORD id) {
    const win32::handle thread(::OpenThread(THREAD_QUERY_INFORMATION, FALSE, id));
    if (!thread) return ::GetLastError() == ERROR_INVALID_PARAMETER;
    void* begins = nullptr;
    constexpr auto start_address = THREADINFOCLASS(9);
    if (::NtQueryInformationThread(thread.get(), start_address, &begins, sizeof begins, nullptr) != 0) return false;
    HMODULE module = nullptr;
    ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT,
                         static_cast<const wchar_t*>(begins), &module);
    return module && module == ::GetModuleHandleW(L"ntdll.dll");
}

}  // namespace

namespace win32 {

std::vector<std::string> handles_of(DWORD process) {
    std::vector<std::string> found;
    const handle owner(::OpenProcess(PROCESS_DUP_HANDLE | PROCESS_QUERY_INFORMATION, FALSE, process));
    if (!owner) return found;
    each_handle(owner.get(), [&](HANDLE theirs) {
        HANDLE copy = nullptr;
        if (!::DuplicateHandle(owner.get(), theirs, ::GetCurrentProcess(), &copy, 0, FALSE, DUPLICATE_SAME_ACCESS)) return false;
        const handle own(copy);
        found.push_back(std::to_string(reinterpret_cast<std::uintptr_t>(theirs)) + " -> " + type_of(copy));
        return true;
    });
    return found;
}

}  // namespace win32

std::map<int, std::string> open_fds() {
    std::map<int, std::string> found;
    each_handle(::GetCurrentProcess(), [&](HANDLE handle) {
        const std::string type = type_of(handle);
        if (type == "?") return false;  // closed since the list was made
        if (of_the_system(type)) return true;
        const std::string name = name_of(handle);
        if (of_the_runtime(type, name)) return true;
        int number = int(reinterpret_cast<std::intptr_t>(handle));
        if (handle == ::GetStdHandle(STD_INPUT_HANDLE)) number = 0;
        else if (handle == ::GetStdHandle(STD_OUTPUT_HANDLE)) number = 1;
        else if (handle == ::GetStdHandle(STD_ERROR_HANDLE)) number = 2;
        found[number] = name.empty() ? type : type + " " + name;
        return true;
    });
    return found;
}

std::vector<process_entry> child_processes(pid_t of) {
    const DWORD parent = of ? DWORD(of) : ::GetCurrentProcessId();
    std::vector<process_entry> found;
    each_process([&](const PROCESSENTRY32W& entry) {
        if (entry.th32ParentProcessID != parent || is_console_host(entry)) return;
        // Who outlives its parent keeps that one's number, which may be another's by now.
        if (begin_of(entry.th32ProcessID) < begin_of(parent)) return;
        found.emplace_back(pid_t(entry.th32ProcessID), 'R', win32::narrow(std::wstring(entry.szExeFile)));
    });
    return found;
}

std::vector<process_entry> orphans() {
    std::vector<process_entry> found;
    if (!watcher()) return found;
    const std::vector<DWORD> members = win32::processes_of_run();
    std::vector<DWORD> running;
    each_process([&](const PROCESSENTRY32W& entry) { running.push_back(entry.th32ProcessID); });
    const auto among = [](const std::vector<DWORD>& all, DWORD one) {
        return std::find(all.begin(), all.end(), one) != all.end();
    };
    each_process([&](const PROCESSENTRY32W& entry) {
        if (!among(members, entry.th32ProcessID) || among(running, entry.th32ParentProcessID)) return;
        if (entry.th32ProcessID == ::GetCurrentProcessId() || is_console_host(entry)) return;
        found.emplace_back(pid_t(entry.th32ProcessID), 'R', win32::narrow(std::wstring(entry.szExeFile)));
    });
    return found;
}

pid_t own_process_id() noexcept { return pid_t(::GetCurrentProcessId()); }

void kill_process(pid_t pid) noexcept {
    const win32::handle process(::OpenProcess(PROCESS_TERMINATE, FALSE, DWORD(pid)));
    if (process) ::TerminateProcess(process.get(), 137);
}

void end_child(pid_t pid) noexcept {
    const win32::handle process(::OpenProcess(PROCESS_TERMINATE | SYNCHRONIZE, FALSE, DWORD(pid)));
    if (!process) return;
    ::TerminateProcess(process.get(), 137);
    ::WaitForSingleObject(process.get(), INFINITE);
}

char process_state(pid_t pid) {
    char state = 0;
    each_process([&](const PROCESSENTRY32W& entry) {
        if (entry.th32ProcessID == DWORD(pid)) state = 'R';
    });
    return state;
}

std::map<pid_t, std::string> threads(pid_t of) {
    const DWORD process = of ? DWORD(of) : ::GetCurrentProcessId();
    std::map<pid_t, std::string> found;
    each_entry<THREADENTRY32>(TH32CS_SNAPTHREAD, ::Thread32First, ::Thread32Next, [&](const THREADENTRY32& entry) {
        if (entry.th32OwnerProcessID != process || (of == 0 && is_gone_or_of_the_pool(entry.th32ThreadID))) return;
        found[pid_t(entry.th32ThreadID)] = "priority " + std::to_string(entry.tpBasePri);
    });
    return found;
}

std::vector<std::string> shared_memory_left() { return {}; }

std::size_t runtime_objects() {
    std::size_t count = 0;
    each_handle(::GetCurrentProcess(), [&](HANDLE handle) {
        const std::string type = type_of(handle);
        if (type == "?") return false;
        count += of_the_runtime(type, name_of(handle));
        return true;
    });
    return count;
}

std::size_t rss_bytes() {
    PROCESS_MEMORY_COUNTERS counters{};
    counters.cb = sizeof counters;
    if (!::GetProcessMemoryInfo(::GetCurrentProcess(), &counters, sizeof counters)) win32::fail("GetProcessMemoryInfo");
    return counters.WorkingSetSize;
}

}  // namespace support
