"""Faults in system calls: a library, built with the C compiler, that a process is started with.

The n-th call of write, fsync, rename, link, unlink, open for writing, mkdir or truncate on a file in
one folder fails, or kills the process. Processes that it starts are not affected.

    fault = Fault(build(folder), repository, 17, kill=True)
    done, call = fault.run([sys.executable, "-m", "porcelain", "new"])    # call: "rename", or ""
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX], log_file[PATH_MAX];
static long countdown;
static int kills;

__attribute__((constructor)) static void start(void) {
    char *value = getenv("FAULT_FOLDER");
    if (value) snprintf(folder, sizeof folder, "%s", value);
    if ((value = getenv("FAULT_LOG"))) snprintf(log_file, sizeof log_file, "%s", value);
    if ((value = getenv("FAULT_AT"))) countdown = atol(value);
    kills = getenv("FAULT_KILLS") != NULL;
    unsetenv("LD_PRELOAD");
}

static int inside(const char *path) {
    return *folder && path && !strncmp(path, folder, strlen(folder));
}

static int inside_fd(int fd) {
    char name[64], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(name, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    return inside(path);
}

static int hit(const char *call, int code) {
    if (__sync_sub_and_fetch(&countdown, 1) != 0) return 0;
    int fd = syscall(SYS_openat, AT_FDCWD, log_file, O_WRONLY | O_CREAT | O_APPEND, 0600);
    syscall(SYS_write, fd, call, strlen(call));
    syscall(SYS_close, fd);
    if (kills) syscall(SYS_kill, getpid(), SIGKILL);
    errno = code;
    return 1;
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

#define WRITE(name, args, pass) ssize_t name args { \
    REAL(ssize_t, name, EXPAND args); \
    if (inside_fd(fd) && hit("write", ENOSPC)) return -1; return real pass; }
#define EXPAND(...) __VA_ARGS__
WRITE(write, (int fd, const void *data, size_t size), (fd, data, size))
WRITE(pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
WRITE(pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
WRITE(writev, (int fd, const struct iovec *all, int count), (fd, all, count))

#define CALL(name, args, pass, where, label, code) int name args { \
    REAL(int, name, EXPAND args); \
    if ((where) && hit(label, code)) return -1; return real pass; }
CALL(fsync, (int fd), (fd), inside_fd(fd), "fsync", EIO)
CALL(fdatasync, (int fd), (fd), inside_fd(fd), "fsync", EIO)
CALL(ftruncate, (int fd, off_t size), (fd, size), inside_fd(fd), "truncate", EIO)
CALL(ftruncate64, (int fd, off64_t size), (fd, size), inside_fd(fd), "truncate", EIO)
CALL(truncate, (const char *path, off_t size), (path, size), inside(path), "truncate", EIO)
CALL(rename, (const char *from, const char *to), (from, to), inside(to), "rename", EIO)
CALL(link, (const char *from, const char *to), (from, to), inside(to), "link", ENOSPC)
CALL(unlink, (const char *path), (path), inside(path), "unlink", EIO)
CALL(mkdir, (const char *path, mode_t mode), (path, mode), inside(path), "mkdir", ENOSPC)

#define OPEN(name) int name(const char *path, int flags, ...) { \
    REAL(int, name, const char *, int, ...); \
    va_list more; va_start(more, flags); mode_t mode = va_arg(more, mode_t); va_end(more); \
    if ((flags & (O_WRONLY | O_RDWR)) && inside(path) && hit("open", ENOSPC)) return -1; \
    return real(path, flags, mode); }
OPEN(open)
OPEN(open64)
"""


def build(folder: Path) -> Path | None:
    """Build the library; return its path, None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        return None
    source, library = folder / "fault.c", folder / "fault.so"
    source.write_text(SOURCE)
    words = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(words, check=True, capture_output=True)
    return library


class Fault(NamedTuple):
    """One fault: the call's number from 1, and whether it kills the process."""

    library: Path
    folder: Path
    number: int
    kill: bool

    def run(self, words: list[str]) -> tuple[subprocess.CompletedProcess[str], str]:
        """Run a command; return its result and the call that the fault was in, "" if none."""
        log = self.library.with_name("hit")
        log.unlink(missing_ok=True)
        given = {
            "LD_PRELOAD": str(self.library),
            "FAULT_FOLDER": str(self.folder),
            "FAULT_LOG": str(log),
            "FAULT_AT": str(self.number),
        }
        if self.kill:
            given["FAULT_KILLS"] = "1"
        done = subprocess.run(
            words, env={**os.environ, **given}, capture_output=True, text=True, check=False
        )
        return done, log.read_text() if log.exists() else ""
