#include "support/environment.hpp"

#include <csignal>
#include <cstdlib>

namespace support {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

void set_environment(const char* name, const std::string& value) { ::setenv(name, value.c_str(), 1); }

void prepare_main(int&, char**&) {}

void take_signals_again() {
    for (int signal = 1; signal < NSIG; ++signal) {
        struct sigaction now {};
        if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) ::signal(signal, SIG_DFL);
    }
}

}  // namespace support
