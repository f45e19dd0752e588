/// @file
/// The one place that includes <windows.h>: lean, without min and max, and with the names given back that programs use
/// for their own things. What includes it before us keeps all its macros.
#pragma once

#include "../platform.hpp"

#if !COHORT_WINDOWS_H_INCLUDED
// Sections that define macros with names of everyday use, or that are never used here.
#    if !defined(WIN32_LEAN_AND_MEAN)
#        define WIN32_LEAN_AND_MEAN
#    endif
#    if !defined(NOMINMAX)
#        define NOMINMAX
#    endif
#    if !defined(NOGDI)
#        define NOGDI
#    endif
#    if !defined(NOSERVICE)
#        define NOSERVICE
#    endif
#    if !defined(NOMCX)
#        define NOMCX
#    endif
#    if !defined(NOIME)
#        define NOIME
#    endif
#    if !defined(NOSOUND)
#        define NOSOUND
#    endif
#    if !defined(NOCOMM)
#        define NOCOMM
#    endif
#    if !defined(NOKANJI)
#        define NOKANJI
#    endif
#    if !defined(NOHELP)
#        define NOHELP
#    endif
#    if !defined(NOPROFILER)
#        define NOPROFILER
#    endif
#    if !defined(NODEFERWINDOWPOS)
#        define NODEFERWINDOWPOS
#    endif
#    if !defined(NOCRYPT)
#        define NOCRYPT
#    endif
#endif

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <windows.h>
#include <tlhelp32.h>

#if !COHORT_WINDOWS_H_INCLUDED
// Keywords of sixteen-bit compilers. Later headers of the system write FAR and NEAR, which stand for nothing.
#    undef far
#    undef near
#    undef FAR
#    undef NEAR
#    define FAR
#    define NEAR
#    undef pascal
#    undef cdecl
#    undef interface
#    undef small
#    undef hyper
#    undef ERROR
#    undef DELETE
#    undef IGNORE
#    undef Yield
#    undef GetObject
#    undef GetMessage
#    undef SendMessage
#    undef GetCurrentTime
#    undef GetFreeSpace
#    undef min
#    undef max
#endif
