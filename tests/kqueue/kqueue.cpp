// kqueue(2) over the interfaces of Linux, so that the backend for macOS and FreeBSD runs in the tests here.
//
// A queue is an epoll set. It holds two further sets, one for the descriptors that are read and one for those that are
// written, since epoll knows a descriptor once and kqueue once a filter; an eventfd that is readable as long as some
// EVFILT_USER is triggered; and a pidfd, timerfd or signalfd for each registration of those kinds. EV_CLEAR is EPOLLET.
//
// As the BSD kernels do:
//  * closing a descriptor removes its registrations, at once and without a word: close(2) is replaced here. epoll would
//    go on as long as a copy of the descriptor is open anywhere;
//  * adding again changes fflags, data and udata, not EV_CLEAR or EV_ONESHOT;
//  * what fails goes into the event list as EV_ERROR if there is room, and nothing is waited for then;
//  * the end of a process gives NOTE_EXIT once, with its status, and removes the registration; a process that has ended
//    but has not been waited for reports at once, as on FreeBSD;
//  * a signal that interrupts the wait is EINTR with all changes made;
//  * a hang-up is EV_EOF while `data` still counts the bytes that are left.
// Otherwise than they: EVFILT_SIGNAL sees only signals that are blocked, fflags never carries a socket's error (asking
// for it would clear it), a regular file is refused (EPERM), and the status of a process that somebody else has waited
// for before the report was taken is known from Linux 6.15 on only: NOTE_EXITSTATUS is missing in the report then.
//
// Memory comes from malloc: the tests count what operator new gives.
#include <sys/event.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <initializer_list>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

constexpr std::uint64_t reads_tag = 1, writes_tag = 2, user_tag = 3;

struct registration {
    struct kevent what;
    registration* next;
    int source;  // pidfd, timerfd, signalfd
    bool enabled;
    bool triggered;
};

struct queue {
    int set;
    queue* next;
    registration* first;
    int reads, writes, user;
};

queue* queues = nullptr;
pid_t owner = 0;
pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

class lock {
public:
    lock() { ::pthread_mutex_lock(&table); }
    ~lock() { ::pthread_mutex_unlock(&table); }
    lock(const lock&) = delete;
    lock& operator=(const lock&) = delete;
};

int raw_close(int fd) { return static_cast<int>(::syscall(SYS_close, fd)); }

/// The shim's own descriptors stand where they are in nobody's way, if there is room.
int moved_away(int fd) {
    if (fd < 0) return fd;
    const int far = ::fcntl(fd, F_DUPFD_CLOEXEC, 700);
    if (far < 0) return fd;
    raw_close(fd);
    return far;
}

queue* find(int fd) {
    for (queue* q = queues; q; q = q->next)
        if (q->set == fd) return q;
    return nullptr;
}

registration* find(queue& q, std::uintptr_t ident, int filter) {
    for (registration* r = q.first; r; r = r->next)
        if (r->what.ident == ident && r->what.filter == filter) return r;
    return nullptr;
}

bool of_descriptor(const registration& r) { return r.what.filter == EVFILT_READ || r.what.filter == EVFILT_WRITE; }

bool hold(queue& q, int part, std::uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    return part >= 0 && ::epoll_ctl(q.set, EPOLL_CTL_ADD, part, &event) == 0;
}

int enable(queue& q, registration& r) {
    if (r.enabled) return 0;
    epoll_event event{};
    int set = q.set;
    int fd = r.source;
    if (of_descriptor(r)) {
        set = r.what.filter == EVFILT_READ ? q.reads : q.writes;
        fd = static_cast<int>(r.what.ident);
        event.events = r.what.filter == EVFILT_READ ? EPOLLIN | EPOLLRDHUP : EPOLLOUT;
        if (r.what.flags & EV_CLEAR) event.events |= EPOLLET;
        event.data.u64 = r.what.ident;
    } else {
        event.events = EPOLLIN;
        event.data.ptr = &r;
    }
    if (r.what.filter != EVFILT_USER && ::epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) != 0) return errno;
    r.enabled = true;
    return 0;
}

void disable(queue& q, registration& r) {
    if (!r.enabled) return;
    r.enabled = false;
    if (of_descriptor(r)) {
        ::epoll_ctl(r.what.filter == EVFILT_READ ? q.reads : q.writes, EPOLL_CTL_DEL, static_cast<int>(r.what.ident),
                    nullptr);
    } else if (r.source >= 0) {
        ::epoll_ctl(q.set, EPOLL_CTL_DEL, r.source, nullptr);
    }
}

void forget(queue& q, registration& r) {
    disable(q, r);
    if (r.source >= 0) raw_close(r.source);
    registration** link = &q.first;
    while (*link != &r) link = &(*link)->next;
    *link = r.next;
    std::free(&r);
}

/// The eventfd is readable as long as there is a report of EVFILT_USER to take.
void show_user_events(queue& q) {
    bool any = false;
    for (registration* r = q.first; r; r = r->next) any |= r->triggered && r->enabled;
    std::uint64_t count = 1;
    if (any) static_cast<void>(!::write(q.user, &count, sizeof count));
    else static_cast<void>(!::read(q.user, &count, sizeof count));
}

int set_timer(registration& r) {
    itimerspec time{};
    std::int64_t ns = r.what.data;
    if (r.what.fflags & NOTE_SECONDS) ns *= 1'000'000'000;
    else if (r.what.fflags & NOTE_USECONDS) ns *= 1'000;
    else if (!(r.what.fflags & NOTE_NSECONDS)) ns *= 1'000'000;
    if (ns <= 0) ns = 1;
    time.it_value.tv_sec = ns / 1'000'000'000;
    time.it_value.tv_nsec = ns % 1'000'000'000;
    if (!(r.what.flags & EV_ONESHOT)) time.it_interval = time.it_value;
    return ::timerfd_settime(r.source, 0, &time, nullptr) == 0 ? 0 : errno;
}

/// Makes what a registration of this kind waits with; 0 or the error.
int make_source(registration& r) {
    switch (r.what.filter) {
    case EVFILT_READ:
    case EVFILT_WRITE: return ::fcntl(static_cast<int>(r.what.ident), F_GETFD) < 0 ? EBADF : 0;
    case EVFILT_USER: return 0;
    case EVFILT_PROC:
        if (!(r.what.fflags & NOTE_EXIT)) return EINVAL;
        r.source = static_cast<int>(::syscall(SYS_pidfd_open, r.what.ident, 0));
        break;
    case EVFILT_TIMER: r.source = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK); break;
    case EVFILT_SIGNAL: {
        sigset_t wanted;
        ::sigemptyset(&wanted);
        if (::sigaddset(&wanted, static_cast<int>(r.what.ident)) != 0) return EINVAL;
        r.source = ::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
        break;
    }
    default: return EINVAL;
    }
    if (r.source < 0) return errno;
    r.source = moved_away(r.source);
    return r.what.filter == EVFILT_TIMER ? set_timer(r) : 0;
}

int add(queue& q, const struct kevent& change) {
    if (registration* r = find(q, change.ident, change.filter)) {
        r->what.udata = change.udata;
        if (change.filter != EVFILT_USER) {
            r->what.fflags = change.fflags;
            r->what.data = change.data;
        }
        return change.filter == EVFILT_TIMER ? set_timer(*r) : 0;
    }
    auto* const r = static_cast<registration*>(std::calloc(1, sizeof(registration)));
    if (!r) return ENOMEM;
    r->what = change;
    r->source = -1;
    r->next = q.first;
    q.first = r;
    int error = make_source(*r);
    if (error == 0 && !(change.flags & EV_DISABLE)) error = enable(q, *r);
    if (error != 0) forget(q, *r);
    return error;
}

int apply(queue& q, const struct kevent& change) {
    if (change.flags & EV_ADD) {
        if (const int error = add(q, change)) return error;
    }
    registration* const r = find(q, change.ident, change.filter);
    if (!r) {
        const bool descriptor = change.filter == EVFILT_READ || change.filter == EVFILT_WRITE;
        return descriptor && ::fcntl(static_cast<int>(change.ident), F_GETFD) < 0 ? EBADF : ENOENT;
    }
    if (change.flags & EV_DELETE) {
        forget(q, *r);
        show_user_events(q);
        return 0;
    }
    if (!(change.flags & EV_ADD)) r->what.udata = change.udata;
    if (change.filter == EVFILT_USER && (change.fflags & NOTE_TRIGGER)) r->triggered = true;
    if (change.flags & EV_DISABLE) disable(q, *r);
    if (change.flags & EV_ENABLE) {
        if (const int error = enable(q, *r)) return error;
    }
    if (change.filter == EVFILT_USER) show_user_events(q);
    return 0;
}

std::intptr_t bytes_to_read(int fd) {
    int count = 0;
    return ::ioctl(fd, FIONREAD, &count) == 0 ? count : 1;
}

std::intptr_t room_to_write(int fd) {
    const int size = ::fcntl(fd, F_GETPIPE_SZ);
    if (size >= 0) return size - bytes_to_read(fd);
    int buffer = 0, used = 0;
    socklen_t length = sizeof buffer;
    if (::getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, &length) != 0) return 1;
    ::ioctl(fd, TIOCOUTQ, &used);
    return used < buffer ? buffer - used : 0;
}

/// The status as wait(2) has it; false where it is not to be had.
bool status_of(int pidfd, std::intptr_t& status) {
    siginfo_t info{};
    if (::syscall(SYS_waitid, 3 /* P_PIDFD */, pidfd, &info, WEXITED | WNOWAIT | WNOHANG, nullptr) == 0) {
        if (info.si_pid == 0) return false;
        status = info.si_code == CLD_EXITED   ? (info.si_status & 0xff) << 8
                 : info.si_code == CLD_DUMPED ? info.si_status | 0x80
                                              : info.si_status;
        return true;
    }
    struct {
        std::uint64_t mask = 1u << 3;  // PIDFD_INFO_EXIT
        std::uint64_t cgroup = 0;
        std::uint32_t numbers[11] = {};
        std::int32_t exit_code = 0;
    } known;
    if (::ioctl(pidfd, _IOWR(0xFF, 11, decltype(known)), &known) != 0 || !(known.mask & 1u << 3)) return false;
    status = known.exit_code;
    return true;
}

/// Writes a report; afterwards the registration may be gone.
void report(queue& q, registration& r, std::uint32_t events, struct kevent& out) {
    out = r.what;
    out.flags = static_cast<std::uint16_t>(r.what.flags & (EV_CLEAR | EV_ONESHOT));
    out.fflags = 0;
    out.data = 0;
    bool gone = (r.what.flags & EV_ONESHOT) != 0;
    switch (r.what.filter) {
    case EVFILT_READ:
        out.data = bytes_to_read(static_cast<int>(r.what.ident));
        if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) out.flags |= EV_EOF;
        break;
    case EVFILT_WRITE:
        out.data = room_to_write(static_cast<int>(r.what.ident));
        if (events & (EPOLLHUP | EPOLLERR)) out.flags |= EV_EOF;
        break;
    case EVFILT_USER:
        out.fflags = r.what.fflags & ~NOTE_TRIGGER;
        if (r.what.flags & EV_CLEAR) r.triggered = false;
        break;
    case EVFILT_PROC:
        out.fflags = NOTE_EXIT;
        out.flags |= EV_EOF | EV_ONESHOT;
        if ((r.what.fflags & NOTE_EXITSTATUS) && status_of(r.source, out.data)) out.fflags |= NOTE_EXITSTATUS;
        gone = true;
        break;
    case EVFILT_TIMER: {
        std::uint64_t count = 0;
        if (::read(r.source, &count, sizeof count) == sizeof count) out.data = static_cast<std::intptr_t>(count);
        break;
    }
    case EVFILT_SIGNAL: {
        signalfd_siginfo info;
        while (::read(r.source, &info, sizeof info) == sizeof info) ++out.data;
        break;
    }
    default: break;
    }
    if (gone) forget(q, r);
}

/// Takes reports, at most `room`.
int collect(queue& q, struct kevent* out, int room) {
    constexpr int most = 64;
    epoll_event found[most];
    int count = 0;
    const int sources = ::epoll_wait(q.set, found, most, 0);
    for (int i = 0; i < sources && count < room; ++i) {
        const std::uint64_t tag = found[i].data.u64;
        if (tag == user_tag) {
            for (registration *r = q.first, *next; r && count < room; r = next) {
                next = r->next;
                if (r->what.filter == EVFILT_USER && r->triggered && r->enabled) report(q, *r, 0, out[count++]);
            }
            show_user_events(q);
        } else if (tag == reads_tag || tag == writes_tag) {
            const int filter = tag == reads_tag ? EVFILT_READ : EVFILT_WRITE;
            epoll_event ready[most];
            const int wanted = room - count < most ? room - count : most;
            const int number = ::epoll_wait(tag == reads_tag ? q.reads : q.writes, ready, wanted, 0);
            for (int j = 0; j < number; ++j)
                if (registration* r = find(q, ready[j].data.u64, filter)) report(q, *r, ready[j].events, out[count++]);
        } else {
            report(q, *static_cast<registration*>(found[i].data.ptr), found[i].events, out[count++]);
        }
    }
    return count;
}

std::int64_t now_ns() {
    timespec t;
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return std::int64_t(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

}  // namespace

extern "C" int kqueue() {
    const lock guard;
    owner = ::getpid();
    auto* const q = static_cast<queue*>(std::calloc(1, sizeof(queue)));
    if (!q) {
        errno = ENOMEM;
        return -1;
    }
    q->set = ::epoll_create1(0);
    q->reads = moved_away(::epoll_create1(EPOLL_CLOEXEC));
    q->writes = moved_away(::epoll_create1(EPOLL_CLOEXEC));
    q->user = moved_away(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (q->set < 0 || !hold(*q, q->reads, reads_tag) || !hold(*q, q->writes, writes_tag) ||
        !hold(*q, q->user, user_tag)) {
        const int error = errno;
        for (const int own : {q->set, q->reads, q->writes, q->user})
            if (own >= 0) raw_close(own);
        std::free(q);
        errno = error;
        return -1;
    }
    q->next = queues;
    queues = q;
    return q->set;
}

extern "C" int kevent(int fd, const struct kevent* changes, int change_count, struct kevent* events, int event_count,
                      const timespec* timeout) {
    const std::int64_t end =
        timeout ? now_ns() + std::int64_t(timeout->tv_sec) * 1'000'000'000 + timeout->tv_nsec : INT64_MAX;
    {
        const lock guard;
        queue* const q = find(fd);
        if (!q) {
            errno = EBADF;
            return -1;
        }
        int answered = 0;
        for (int i = 0; i < change_count; ++i) {
            const struct kevent change = changes[i];  // the two lists may be one
            const int error = apply(*q, change);
            if (error == 0 && !(change.flags & EV_RECEIPT)) continue;
            if (answered == event_count) {
                errno = error;
                return -1;
            }
            events[answered] = change;
            events[answered].flags = EV_ERROR;
            events[answered].data = error;
            ++answered;
        }
        if (answered > 0) return answered;
    }
    if (event_count == 0) return 0;
    for (;;) {
        {
            const lock guard;
            queue* const q = find(fd);
            if (!q) {
                errno = EBADF;
                return -1;
            }
            if (const int count = collect(*q, events, event_count)) return count;
        }
        pollfd entry{fd, POLLIN, 0};
        const std::int64_t left = timeout ? end - now_ns() : 0;
        if (timeout && left <= 0) return 0;
        const timespec rest{left / 1'000'000'000, left % 1'000'000'000};
        if (::ppoll(&entry, 1, timeout ? &rest : nullptr, nullptr) < 0) return -1;
    }
}

/// close(2), which on the systems that have kqueue also takes the descriptor out of every queue.
extern "C" int close(int fd) {
    if (owner != 0 && owner == ::getpid()) {  // in a forked child there is no queue, and the lock may be held
        const lock guard;
        for (queue *q = queues, *next; q; q = next) {
            next = q->next;
            if (q->set == fd) {
                while (q->first) forget(*q, *q->first);
                for (const int own : {q->reads, q->writes, q->user}) raw_close(own);
                queue** link = &queues;
                while (*link != q) link = &(*link)->next;
                *link = q->next;
                std::free(q);
                continue;
            }
            for (registration *r = q->first, *after; r; r = after) {
                after = r->next;
                if (of_descriptor(*r) && r->what.ident == static_cast<std::uintptr_t>(fd)) forget(*q, *r);
            }
        }
    }
    return raw_close(fd);
}
