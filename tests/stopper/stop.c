/* Ends a process at a step of its choice, as a power cut would: with SIGKILL, and a write half done.
 *
 * Preloaded into the program. A step is a call that changes the file system, or that speaks to the network where STOP_NETWORK is
 * set. STOP_AT=n kills before the n-th step; of a write, half is done then. STOP_COUNT=file has the number of steps written
 * there when the program ends by itself. Without a step to stop at nothing is changed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_long steps;
static long stop_at;
static int network;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("STOP_AT");
    stop_at = at ? atol(at) : 0;
    network = getenv("STOP_NETWORK") != NULL;
}

__attribute__((destructor)) static void end(void) {
    const char *file = getenv("STOP_COUNT");
    char text[32];
    int length, fd;
    if (!file) return;
    length = snprintf(text, sizeof text, "%ld", atomic_load(&steps));
    fd = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd >= 0) syscall(SYS_write, fd, text, length);
}

/* Whether this step is the last one. */
static int is_last(void) {
    return atomic_fetch_add(&steps, 1) + 1 == stop_at;
}

static void die(void) {
    syscall(SYS_kill, getpid(), SIGKILL);
    for (;;) pause();
}

static void step(void) {
    if (is_last()) die();
}

/* Files count always, sockets where the network does. */
static int counts(int fd) {
    struct stat what;
    int before = errno, known = fstat(fd, &what) == 0;
    errno = before;
    return known && (S_ISREG(what.st_mode) || (network && S_ISSOCK(what.st_mode)));
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (counts(fd) && is_last()) {
        syscall(SYS_write, fd, bytes, length / 2);
        die();
    }
    return syscall(SYS_write, fd, bytes, length);
}

ssize_t writev(int fd, const struct iovec *parts, int n) {
    if (counts(fd) && is_last()) {
        if (n > 0) syscall(SYS_write, fd, parts[0].iov_base, parts[0].iov_len / 2);
        die();
    }
    return syscall(SYS_writev, fd, parts, n);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t at) {
    if (counts(fd) && is_last()) {
        syscall(SYS_pwrite64, fd, bytes, length / 2, at);
        die();
    }
    return syscall(SYS_pwrite64, fd, bytes, length, at);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    if (network && is_last()) {
        syscall(SYS_sendto, fd, bytes, length / 2, flags, NULL, 0);
        die();
    }
    return syscall(SYS_sendto, fd, bytes, length, flags, NULL, 0);
}

ssize_t recv(int fd, void *bytes, size_t length, int flags) {
    ssize_t got = syscall(SYS_recvfrom, fd, bytes, length, flags, NULL, NULL);
    /* An answer is lost that came; a look whether there is one is no step. */
    if (network && got > 0) step();
    return got;
}

static int opened(const char *path, int flags, mode_t mode) {
    if (flags & (O_CREAT | O_TRUNC)) step();
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list more;
    mode_t mode = 0;
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    return opened(path, flags | O_LARGEFILE, mode);
}

int open(const char *path, int flags, ...) {
    va_list more;
    mode_t mode = 0;
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    return opened(path, flags, mode);
}

int fsync(int fd) {
    step();
    return (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    step();
    return (int)syscall(SYS_fdatasync, fd);
}

int ftruncate64(int fd, off64_t length) {
    step();
    return (int)syscall(SYS_ftruncate, fd, length);
}

int rename(const char *from, const char *to) {
    step();
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to) {
    step();
    return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int mkdir(const char *path, mode_t mode) {
    step();
    return (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
}

int unlink(const char *path) {
    step();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int unlinkat(int dir, const char *path, int flags) {
    step();
    return (int)syscall(SYS_unlinkat, dir, path, flags);
}

int rmdir(const char *path) {
    step();
    return (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR);
}
