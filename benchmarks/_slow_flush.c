/* Makes each flush to disk take FLUSH_DELAY_US microseconds more: a usual disk on a fast machine. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

static int flushed(const char *name, int file) {
    const char *delay = getenv("FLUSH_DELAY_US");
    int (*flush)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    if (delay != NULL) usleep((useconds_t)atoi(delay));
    return flush(file);
}

int fsync(int file) { return flushed("fsync", file); }

int fdatasync(int file) { return flushed("fdatasync", file); }
