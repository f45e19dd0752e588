#pragma once
#include <string>

namespace support {

/// A variable of this process's environment; empty where there is none.
std::string environment(const char* name);

void set_environment(const char* name, const std::string& value);

/// Undoes what the system did to a program before its main function began: the arguments become UTF-8, the standard
/// streams carry bytes, a crash opens no dialog. Nothing to do on POSIX.
void prepare_main(int& argc, char**& argv);

/// nohup, and shells for what they start in the background, have signals ignored. The tests are about programs with
/// the default dispositions, however they were started themselves.
void take_signals_again();

}  // namespace support
