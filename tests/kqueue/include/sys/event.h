#pragma once
/// kqueue(2) for Linux, for the tests: the interface of the BSD systems over epoll, pidfd, timerfd, signalfd and eventfd.
/// `kqueue.cpp` beside this folder implements it; it says what it does as the BSD kernels do, and what it does not.
#include <stdint.h>
#include <time.h>

#define EVFILT_READ (-1)
#define EVFILT_WRITE (-2)
#define EVFILT_PROC (-5)
#define EVFILT_SIGNAL (-6)
#define EVFILT_TIMER (-7)
#define EVFILT_USER (-10)

#define EV_ADD 0x0001
#define EV_DELETE 0x0002
#define EV_ENABLE 0x0004
#define EV_DISABLE 0x0008
#define EV_ONESHOT 0x0010
#define EV_CLEAR 0x0020
#define EV_RECEIPT 0x0040
#define EV_ERROR 0x4000
#define EV_EOF 0x8000

#define NOTE_TRIGGER 0x01000000u
#define NOTE_EXIT 0x80000000u
#define NOTE_EXITSTATUS 0x04000000u
#define NOTE_SECONDS 0x00000001u
#define NOTE_USECONDS 0x00000002u
#define NOTE_NSECONDS 0x00000004u

struct kevent {
    uintptr_t ident;
    int16_t filter;
    uint16_t flags;
    uint32_t fflags;
    intptr_t data;
    void* udata;
};

#if defined(__cplusplus)
extern "C" {
#endif
int kqueue(void);
int kevent(int queue, const struct kevent* changes, int change_count, struct kevent* events, int event_count,
           const struct timespec* timeout);
#if defined(__cplusplus)
}
#endif
