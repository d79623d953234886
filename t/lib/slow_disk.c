
/*
 * Copyright (C) ngx_civic_module contributors
 *
 * A disk as slow as a test wants, put before libc (LD_PRELOAD): fsync() of a
 * file of citizens waits at the pipe TEST_SLOW_DISK, until somebody has opened
 * and closed its other end.
 */


#define _GNU_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


int
fsync(int fd)
{
    int          gate;
    char         link[64], path[4096], byte;
    ssize_t      n;
    const char  *pipe;

    static int  (*real)(int);

    if (real == NULL) {
        real = (int (*)(int)) dlsym(RTLD_NEXT, "fsync");
    }

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);

    n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    pipe = getenv("TEST_SLOW_DISK");

    if (pipe != NULL && strstr(path, "/media/tmp/") != NULL) {
        gate = open(pipe, O_RDONLY);

        while (gate != -1 && read(gate, &byte, 1) > 0) { /* void */ }

        close(gate);
    }

    return real(fd);
}
