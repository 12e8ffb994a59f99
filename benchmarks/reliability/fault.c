/* Counts the file-system calls of this process below one folder, of all threads together, and at the n-th kills it, tears the write, or
 * gives an error. For LD_PRELOAD: polars writes from its own threads, where a patched Python function would see nothing, and strace counts
 * each thread apart. cc -shared -fPIC -O2 -o fault.so fault.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { COUNT, KILL, TEAR, ONCE, FROM_HERE };
static char root[PATH_MAX];
static size_t root_length;
static int mode, failure;
static long wanted;
static atomic_long count;

void fault_arm(const char *folder, int how, long n, int error) {
    strncpy(root, folder, sizeof root - 1);
    root_length = strlen(root);
    mode = how, wanted = n, failure = error;
    atomic_store(&count, 0);
}

long fault_count(void) { return atomic_load(&count); }

static int below(const char *path) { return root_length && strncmp(path, root, root_length) == 0 && path[root_length] == '/'; }

static int fd_below(int fd) {
    char link[64], path[PATH_MAX];
    if (!root_length) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n <= 0) return 0;
    path[n] = 0;
    return below(path) || strcmp(path, root) == 0;
}

static int at_below(int folder, const char *path) { return path[0] == '/' ? below(path) : folder == AT_FDCWD ? 0 : fd_below(folder); }

/* 0: go on; -1: fail with errno; 1: write half, then die. `needs_room`: what a full disk refuses. */
static int step(int writes, int needs_room) {
    long n = atomic_fetch_add(&count, 1) + 1;
    if (mode == COUNT || n < wanted) return 0;
    if (n == wanted && (mode == KILL || (mode == TEAR && !writes))) kill(getpid(), SIGKILL), pause();
    if (n == wanted && mode == TEAR) return 1;
    if ((mode == ONCE && n == wanted) || (mode == FROM_HERE && needs_room)) return errno = failure, -1;
    return 0;
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define DIE (kill(getpid(), SIGKILL), pause())

#define WRITER(name, parameters, arguments, half)                                                                                          \
    ssize_t name parameters {                                                                                                              \
        REAL(name);                                                                                                                        \
        if (fd_below(fd)) {                                                                                                                \
            int what = step(1, 1);                                                                                                         \
            if (what < 0) return -1;                                                                                                       \
            if (what) half, DIE;                                                                                                           \
        }                                                                                                                                  \
        return real arguments;                                                                                                             \
    }
WRITER(write, (int fd, const void *b, size_t n), (fd, b, n), real(fd, b, n / 2))
WRITER(pwrite, (int fd, const void *b, size_t n, off_t o), (fd, b, n, o), real(fd, b, n / 2, o))
WRITER(pwrite64, (int fd, const void *b, size_t n, off64_t o), (fd, b, n, o), real(fd, b, n / 2, o))
WRITER(writev, (int fd, const struct iovec *v, int n), (fd, v, n), real(fd, v, n > 1 ? n / 2 : 1))

#define SIMPLE(type, name, parameters, arguments, here, needs_room)                                                                        \
    type name parameters {                                                                                                                 \
        REAL(name);                                                                                                                        \
        if ((here) && step(0, needs_room) < 0) return -1;                                                                                  \
        return real arguments;                                                                                                             \
    }
SIMPLE(int, fsync, (int fd), (fd), fd_below(fd), 1)
SIMPLE(int, fdatasync, (int fd), (fd), fd_below(fd), 1)
SIMPLE(int, ftruncate, (int fd, off_t n), (fd, n), fd_below(fd), 0)
SIMPLE(int, ftruncate64, (int fd, off64_t n), (fd, n), fd_below(fd), 0)
SIMPLE(int, fallocate, (int fd, int m, off_t o, off_t n), (fd, m, o, n), fd_below(fd), 1)
SIMPLE(int, rename, (const char *a, const char *b), (a, b), below(b), 1)
SIMPLE(int, renameat, (int f, const char *a, int t, const char *b), (f, a, t, b), at_below(t, b), 1)
SIMPLE(int, unlink, (const char *a), (a), below(a), 0)
SIMPLE(int, unlinkat, (int f, const char *a, int flags), (f, a, flags), at_below(f, a), 0)
SIMPLE(int, rmdir, (const char *a), (a), below(a), 0)
SIMPLE(int, mkdir, (const char *a, mode_t m), (a, m), below(a), 1)
SIMPLE(int, mkdirat, (int f, const char *a, mode_t m), (f, a, m), at_below(f, a), 1)

#define OPENER(name, parameters, with_mode, path, here)                                                                                    \
    int name parameters {                                                                                                                  \
        REAL(name);                                                                                                                        \
        mode_t m = 0;                                                                                                                      \
        if (flags & (O_CREAT | O_TMPFILE)) {                                                                                               \
            va_list rest;                                                                                                                  \
            va_start(rest, flags);                                                                                                         \
            m = va_arg(rest, mode_t);                                                                                                      \
            va_end(rest);                                                                                                                  \
        }                                                                                                                                  \
        if ((flags & (O_CREAT | O_TRUNC)) && (here) && step(0, 1) < 0) return -1;                                                          \
        return real with_mode;                                                                                                             \
    }
OPENER(open, (const char *path, int flags, ...), (path, flags, m), path, below(path))
OPENER(open64, (const char *path, int flags, ...), (path, flags, m), path, below(path))
OPENER(openat, (int f, const char *path, int flags, ...), (f, path, flags, m), path, at_below(f, path))
OPENER(openat64, (int f, const char *path, int flags, ...), (f, path, flags, m), path, at_below(f, path))
