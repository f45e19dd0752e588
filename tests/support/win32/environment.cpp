#include "support/environment.hpp"

#include "support/win32/win32.hpp"

#include <cstdio>
#include <fcntl.h>
#include <io.h>
#include <shellapi.h>
#include <vector>

namespace support {

std::string environment(const char* name) {
    const std::wstring wanted = win32::wide(name);
    std::wstring value(::GetEnvironmentVariableW(wanted.c_str(), nullptr, 0), L'\0');
    if (value.empty()) return "";
    value.resize(::GetEnvironmentVariableW(wanted.c_str(), value.data(), DWORD(value.size())));
    return win32::narrow(value);
}

void set_environment(const char* name, const std::string& value) {
    // The C library's copy too, which getenv reads; an empty value removes the variable from both.
    ::_wputenv_s(win32::wide(name).c_str(), win32::wide(value).c_str());
}

void prepare_main(int& argc, char**& argv) {
    for (std::FILE* stream : {stdin, stdout, stderr}) ::_setmode(::_fileno(stream), _O_BINARY);
    // A pipe or a file would otherwise get what is said on stderr only at the end, and nothing of it after a crash.
    std::setvbuf(stderr, nullptr, _IONBF, 0);
    ::SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);

    static std::vector<std::string> texts;
    static std::vector<char*> pointers;
    int count = 0;
    wchar_t** words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
    if (!words) win32::fail("CommandLineToArgvW");
    for (int i = 0; i < count; ++i) texts.push_back(win32::narrow(std::wstring(words[i])));
    ::LocalFree(words);
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    argc = count;
    argv = pointers.data();
}

void take_signals_again() {
    ::SetConsoleCtrlHandler(nullptr, FALSE);  // a CTRL+C that a parent has ignored is ignored by what it starts
}

}  // namespace support
