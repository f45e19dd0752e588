#include "support/child.hpp"

#include "support/win32/start.hpp"
#include "support/win32/win32.hpp"

namespace support {

namespace {

using win32::fail;

/// One word of a command line as CommandLineToArgvW reads it back.
void append_quoted(std::wstring& line, const std::wstring& word) {
    line += L'"';
    std::size_t backslashes = 0;
    for (wchar_t c : word) {
        if (c == L'"') line.append(backslashes + 1, L'\\');  // those before a quote count double, and it has its own
        backslashes = c == L'\\' ? backslashes + 1 : 0;
        line += c;
    }
    line.append(backslashes, L'\\');
    line += L'"';
}

std::wstring command_line(const std::vector<std::string>& argv) {
    std::wstring line;
    for (const std::string& word : argv) {
        if (!line.empty()) line += L' ';
        append_quoted(line, win32::wide(word));
    }
    return line;
}

/// This process's environment with the entries; of two of one name the new one stays.
std::wstring environment_block(const std::vector<std::string>& entries) {
    const auto same_name = [](const std::wstring& a, const std::wstring& b) {
        const std::size_t length = a.find(L'=', 1) + 1;
        return length == b.find(L'=', 1) + 1 && ::_wcsnicmp(a.c_str(), b.c_str(), length) == 0;
    };
    std::vector<std::wstring> added;
    for (const std::string& entry : entries) added.push_back(win32::wide(entry));
    std::wstring block;
    wchar_t* own = ::GetEnvironmentStringsW();
    if (!own) fail("GetEnvironmentStringsW");
    for (const wchar_t* at = own; *at;) {
        const std::wstring entry(at);
        at += entry.size() + 1;
        bool replaced = false;
        for (const std::wstring& other : added) replaced = replaced || same_name(other, entry);
        if (!replaced) block.append(entry.c_str(), entry.size() + 1);
    }
    ::FreeEnvironmentStringsW(own);
    for (const std::wstring& entry : added) block.append(entry.c_str(), entry.size() + 1);
    block.push_back(L'\0');
    return block;
}

int exit_code_of(const win32::started& program) {
    ::WaitForSingleObject(program.process.get(), INFINITE);
    DWORD code = 0;
    if (!::GetExitCodeProcess(program.process.get(), &code)) fail("GetExitCodeProcess");
    return int(code);
}

}  // namespace

namespace win32 {

started start(const std::vector<std::string>& argv, const std::vector<std::string>& environment, HANDLE input,
              HANDLE output) {
    HANDLE given[] = {input ? input : ::GetStdHandle(STD_INPUT_HANDLE), output ? output : ::GetStdHandle(STD_OUTPUT_HANDLE),
                      output ? output : ::GetStdHandle(STD_ERROR_HANDLE)};
    // A child gets what is inheritable: duplicates that are, for the length of this call.
    handle inherited[3];
    for (int i = 0; i < 3; ++i) {
        HANDLE copy = nullptr;
        if (given[i] && given[i] != INVALID_HANDLE_VALUE &&
            !::DuplicateHandle(::GetCurrentProcess(), given[i], ::GetCurrentProcess(), &copy, 0, TRUE,
                               DUPLICATE_SAME_ACCESS)) {
            fail("DuplicateHandle");
        }
        inherited[i] = handle(copy);
    }
    STARTUPINFOW info{};
    info.cb = sizeof info;
    info.dwFlags = STARTF_USESTDHANDLES;
    info.hStdInput = inherited[0].get();
    info.hStdOutput = inherited[1].get();
    info.hStdError = inherited[2].get();
    std::wstring line = command_line(argv), block = environment_block(environment);
    PROCESS_INFORMATION made{};
    if (!::CreateProcessW(wide(argv.at(0)).c_str(), line.data(), nullptr, nullptr, TRUE,
                          CREATE_UNICODE_ENVIRONMENT, block.data(), nullptr, &info, &made)) {
        fail("CreateProcess " + argv[0]);
    }
    ::CloseHandle(made.hThread);
    started result;
    result.process = handle(made.hProcess);
    result.pid = made.dwProcessId;
    return result;
}

}  // namespace win32

std::string self_path() {
    std::wstring path(MAX_PATH, L'\0');
    for (;;) {
        const DWORD length = ::GetModuleFileNameW(nullptr, path.data(), DWORD(path.size()));
        if (length == 0) fail("GetModuleFileNameW");
        if (length < path.size()) return win32::narrow(path.data(), length);
        path.resize(path.size() * 2);
    }
}

finished run_program(const std::vector<std::string>& argv, const std::vector<std::string>& environment) {
    HANDLE ends[2];
    if (!::CreatePipe(&ends[0], &ends[1], nullptr, 0)) fail("CreatePipe");
    win32::handle read(ends[0]), write(ends[1]);
    const win32::started program = win32::start(argv, environment, nullptr, write.get());
    write.close();
    std::string output;
    char buffer[4096];
    for (DWORD count = 0; ::ReadFile(read.get(), buffer, sizeof buffer, &count, nullptr) && count > 0;) {
        output.append(buffer, count);
    }
    return finished(exit_code_of(program), std::move(output));
}

int run_in_place(const std::vector<std::string>& argv) { return exit_code_of(win32::start(argv, {}, nullptr, nullptr)); }

pid_t start_program(const std::vector<std::string>& argv) { return pid_t(win32::start(argv, {}, nullptr, nullptr).pid); }

void end_abruptly() noexcept {
    ::TerminateProcess(::GetCurrentProcess(), 137);
    for (;;) ::Sleep(INFINITE);
}

}  // namespace support
