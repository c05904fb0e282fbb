"""Runs git commands that reach another repository, and watches them.

They read the user's own git config, for credentials, ssh and proxies; of the repository's
config only keys that run nothing are allowed. Nothing reaches a shell: URLs and refs are arguments
behind `--`, or lines of the standard input. A child that is silent for too long, receives too much
or takes too much memory is ended.
"""

from __future__ import annotations

import os
import re
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from store.errors import GitMissing, RemoteFailure, TransferLimit
from store.gitdir.git_process import check_config, find_git
from store.gitdir.own_files import check_tree
from store.remote.url import shown_url, without_password

Progress = Callable[[str], None]
"""Takes a line of git's progress."""

_SAFE = (
    "core.hooksPath=/dev/null",
    "core.fsync=all",
    "core.fsyncMethod=fsync",
    "core.fsmonitor=false",
    "core.alternateRefsCommand=",
    "protocol.ext.allow=never",
    "fetch.fsckObjects=true",
    "fetch.unpackLimit=1",
    "fetch.writeCommitGraph=false",
    "push.followTags=false",
    "push.recurseSubmodules=no",
    "gc.auto=0",
    "maintenance.auto=false",
)
# Variables of the user's that say how to reach a host; the others could name a repository.
_KEPT = re.compile(
    "GIT_(CONFIG_(GLOBAL|SYSTEM|NOSYSTEM)|SSH|SSH_COMMAND|SSH_VARIANT|ASKPASS|TERMINAL_PROMPT"
    "|ALLOW_PROTOCOL|PROXY_SSL_[A-Z_]+|SSL_[A-Z_]+|HTTP_[A-Z_]+|TRACE[A-Z0-9_]*)"
)
_PATIENCE = 0.2  # seconds between two looks at a transfer
_KEPT_ERRORS = 64 * 1024
_UNREACHABLE = (
    "could not resolve|couldn't resolve|connection (refused|timed out|reset)|unable to connect"
    "|network is unreachable|no route to host|failed to connect"
)
_FORBIDDEN = (
    "authentication failed|permission denied|could not read (username|password)|access denied"
    "|returned error: 40[13]|host key verification failed|terminal prompts disabled"
)
_MISSING = (
    "does not appear to be a git repository|repository .* not found|returned error: 404"
    "|does not exist|no such file or directory"
)
# What git says, what that means, and a next step.
_REASONS = (
    (_UNREACHABLE, "the host cannot be reached", "check the URL and the network, then try again"),
    (_FORBIDDEN, "access is refused", "git's own credentials are used: `git ls-remote` tests them"),
    (_MISSING, "there is no git repository", ""),
    ("transport '.*' not allowed", "git does not allow this transport", ""),
    ("out of memory|cannot allocate memory|malloc failed", "git needs too much memory", ""),
    ("detected dubious ownership", "the repository belongs to another user", ""),
)


class Limits(NamedTuple):
    """Bounds of a transfer: bytes received, bytes of memory, bytes of output, seconds of silence."""

    size: int = 0
    """Bytes of packs that a fetch may bring; 0: no limit."""
    memory: int = 2 << 30
    output: int = 256 << 20
    silence: float = 300.0


class Done(NamedTuple):
    """A git command that has ended: its status, output and messages."""

    status: int
    output: bytes
    errors: str


class Command(NamedTuple):
    """A git command on a repository that reaches the remote at `url`.

    `received` is the folder into which packs are received; its size is watched.
    """

    gitdir: str
    url: str
    arguments: Sequence[str]
    stdin: bytes = b""
    variables: Mapping[str, str] = {}
    received: str = ""


def run(command: Command, limits: Limits, progress: Progress | None = None) -> Done:
    """Run a git command and wait for it; a status that is not 0 raises nothing.

    Raises:
        GitMissing, UntrustedConfig, UnsafeRepository: git was not started.
        TransferLimit: it was ended.
    """
    git = find_git()
    if git is None:
        raise GitMissing(shown_url(command.url))
    check_config(command.gitdir)
    check_tree(command.gitdir)
    words = [git, f"--git-dir={command.gitdir}"]
    for setting in _SAFE:
        words += ["-c", setting]
    with subprocess.Popen(
        [*words, *command.arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment() | dict(command.variables),
        cwd=command.gitdir,
    ) as child:
        _bound_memory(child.pid, limits.memory)
        watch = _Watch(child, command, limits, progress)
        try:
            watch.follow()
        except BaseException:
            child.kill()
            raise
        finally:
            _end(child)
    errors = without_password(command.url, watch.errors.decode("utf-8", "replace"))
    return Done(child.returncode, bytes(watch.output), errors)


def failure(url: str, done: Done) -> RemoteFailure:
    """Return the error for a git command that failed, in words of ours where it is a known one."""
    said = done.errors.lower()
    for pattern, reason, hint in _REASONS:
        if re.search(pattern, said):
            return RemoteFailure(shown_url(url), f"{reason} ({_last(done.errors)})", hint)
    if done.status in (-signal.SIGKILL, 128 + signal.SIGKILL):
        return RemoteFailure(shown_url(url), "git was killed")
    return RemoteFailure(shown_url(url), _last(done.errors) or f"git ended with {done.status}")


def _last(errors: str) -> str:
    """Return the line of git's messages that says most about a failure."""
    lines = [line.strip() for line in re.split("[\r\n]", errors) if line.strip()]
    for start in ("fatal: ", "error: ", "remote: "):
        for line in lines:
            if line.startswith(start):
                return line.removeprefix(start)
    return lines[-1] if lines else ""


class _Watch:
    """Feeds a child, keeps its output, and looks after its limits."""

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        command: Command,
        limits: Limits,
        progress: Progress | None,
    ) -> None:
        self.output = bytearray()
        self.errors = bytearray()
        self._child = child
        self._command = command
        self._limits = limits
        self._progress = progress
        self._input = memoryview(command.stdin)
        self._line = b""
        self._size = 0

    def follow(self) -> None:
        """Read until the child has closed its streams."""
        child = self._child
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        last = time.monotonic()
        with selectors.DefaultSelector() as streams:
            streams.register(child.stdout, selectors.EVENT_READ)
            streams.register(child.stderr, selectors.EVENT_READ)
            os.set_blocking(child.stdin.fileno(), False)
            streams.register(child.stdin, selectors.EVENT_WRITE)
            while {child.stdout, child.stderr} & {
                key.fileobj for key in streams.get_map().values()
            }:
                ready = streams.select(_PATIENCE)
                for key, _ in ready:
                    if not self._move(key.fd):
                        streams.unregister(key.fileobj)
                        if key.fileobj is child.stdin:
                            child.stdin.close()
                now = time.monotonic()
                if ready or self._has_grown():
                    last = now
                elif now - last > self._limits.silence:
                    self._refuse(f"nothing arrived for {self._limits.silence:.0f} s")

    def _move(self, fd: int) -> bool:
        """Read from or write to a stream; tell whether there may be more."""
        child = self._child
        assert child.stdin is not None
        assert child.stderr is not None
        if not child.stdin.closed and fd == child.stdin.fileno():
            try:
                self._input = self._input[os.write(fd, self._input[:65536]) :]
            except BrokenPipeError:
                return False
            return bool(self._input)
        data = os.read(fd, 65536)
        if fd == child.stderr.fileno():
            self._take_message(data)
        else:
            self.output += data
            if len(self.output) > self._limits.output:
                self._refuse("it lists more refs than are allowed")
        return bool(data)

    def _take_message(self, data: bytes) -> None:
        self.errors = (self.errors + data)[-_KEPT_ERRORS:]
        if self._progress is not None and data:
            *lines, self._line = re.split(b"[\r\n]", self._line + data)
            if lines:
                self._progress(lines[-1].decode("utf-8", "replace").strip())
            self._line = self._line[-1000:]

    def _has_grown(self) -> bool:
        """Look at the packs that arrive; tell whether there is more of them than before."""
        if not self._command.received:
            return False
        size, before = _size_of(self._command.received), self._size
        self._size = size
        if self._limits.size and size > self._limits.size:
            self._refuse(
                f"it sends more than {self._limits.size >> 20} MiB",
                "the setting `git.max-fetch-size` is the limit, in MiB",
            )
        return size > before

    def _refuse(self, reason: str, hint: str = "") -> None:
        raise TransferLimit(shown_url(self._command.url), reason, hint)


def _size_of(folder: str) -> int:
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(place, name)).st_size
            except OSError:
                continue
    return size


def _end(child: subprocess.Popen[bytes]) -> None:
    """Close the streams of a child, so that its own children end too."""
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None and not stream.closed:
            try:
                stream.close()
            except BrokenPipeError:
                continue
    child.wait()


def _bound_memory(process: int, size: int) -> None:
    """Bound the memory of a process that has just started, and of all that it starts."""
    # The data segment has what a program takes for itself; packs that it maps do not count.
    if size and sys.platform == "linux":
        with suppress(ProcessLookupError):
            resource.prlimit(process, resource.RLIMIT_DATA, (size, size))


def _environment() -> dict[str, str]:
    # The user's way to reach hosts, and no repository of a surrounding git.
    kept = {
        name: value
        for name, value in os.environ.items()  # noqa: TID251
        if not name.startswith("GIT_") or _KEPT.fullmatch(name)
    }
    prompt = {} if sys.stderr.isatty() else {"GIT_TERMINAL_PROMPT": "0"}
    return prompt | kept | {"LC_ALL": "C"}
