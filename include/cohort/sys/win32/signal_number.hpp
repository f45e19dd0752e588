/// @file
/// The signals of Windows by number.
///
/// The C library knows six. The others are the usual numbers of what Windows has in their place, so that one source
/// names them everywhere: SIGHUP is the end of the console or the session, SIGBREAK is Ctrl-Break, SIGKILL is
/// TerminateProcess, SIGTRAP a breakpoint that nobody catches.
#pragma once

#include <csignal>

#if !defined(SIGHUP)
#    define SIGHUP 1
#endif
#if !defined(SIGQUIT)
#    define SIGQUIT 3
#endif
#if !defined(SIGTRAP)
#    define SIGTRAP 5
#endif
#if !defined(SIGKILL)
#    define SIGKILL 9
#endif
#if !defined(SIGBREAK)
#    define SIGBREAK 21
#endif
#if !defined(SIGWINCH)
#    define SIGWINCH 28
#endif
