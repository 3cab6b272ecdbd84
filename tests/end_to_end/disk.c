/* A disk that fails on demand, and that shows what would survive a power cut.
 *
 * Preloaded into one process. It concerns the files whose path starts with $DISK_OF:
 *   $DISK_TROUBLE names a file; while it holds "write 28" every write fails with that errno,
 *     with "flush 5" every fsync and fdatasync does;
 *   $DISK_KEPT names a folder where each file is copied whenever it was flushed: what was not
 *     flushed may be gone after a power cut, and there it is.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define REAL(type, name, ...) ((type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

static int is_concerned(int fd, char path[4096]) {
    const char *prefix = getenv("DISK_OF");
    char link[64];
    if (prefix == NULL) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, 4095);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

static int trouble(const char *kind) {
    const char *name = getenv("DISK_TROUBLE");
    char text[32] = "";
    size_t length = strlen(kind);
    if (name == NULL) return 0;
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (got <= (ssize_t)length || strncmp(text, kind, length) != 0) return 0;
    return atoi(text + length);
}

static int fails(int fd, const char *kind) {
    char path[4096];
    int error = is_concerned(fd, path) ? trouble(kind) : 0;
    if (error) errno = error;
    return error;
}

static void keep(int fd) {
    const char *folder = getenv("DISK_KEPT");
    char path[4096], draft[4096], kept[4096], block[65536];
    if (folder == NULL || !is_concerned(fd, path)) return;
    const char *name = strrchr(path, '/') + 1;
    snprintf(kept, sizeof kept, "%s/%s", folder, name);
    snprintf(draft, sizeof draft, "%s/draft-%s", folder, name);
    int from = open(path, O_RDONLY | O_CLOEXEC);
    int to = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ssize_t got;
    while (from >= 0 && to >= 0 && (got = read(from, block, sizeof block)) > 0)
        if (REAL(ssize_t, "write", int, const void *, size_t)(to, block, got) != got) abort();
    if (to >= 0) close(to);
    if (from >= 0) close(from);
    rename(draft, kept);
}

ssize_t write(int fd, const void *data, size_t size) {
    if (fails(fd, "write")) return -1;
    return REAL(ssize_t, "write", int, const void *, size_t)(fd, data, size);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    if (fails(fd, "write")) return -1;
    return REAL(ssize_t, "pwrite", int, const void *, size_t, off_t)(fd, data, size, at);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    if (fails(fd, "write")) return -1;
    return REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)(fd, data, size, at);
}

int fsync(int fd) {
    if (fails(fd, "flush")) return -1;
    int result = REAL(int, "fsync", int)(fd);
    if (result == 0) keep(fd);
    return result;
}

int fdatasync(int fd) {
    if (fails(fd, "flush")) return -1;
    int result = REAL(int, "fdatasync", int)(fd);
    if (result == 0) keep(fd);
    return result;
}
