"""The poke: what `wj hook` does when an agent calls it at the end of a turn.

    wj hook AGENT [--spool FOLDER] [-R REPOSITORY]     with the agent's JSON on stdin

It leaves a note in the spool, starts an importer in the background unless one looks already, and
returns. It never prints and never fails: what a hook prints goes into the model's context, and a
hook that fails made agents run their model again, hundreds of times.

The agent waits for it, so nothing is loaded here that another command needs.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from porcelain.exchange.live.spool import Note, Spool

_MOST_BYTES = 16 << 20
"""Bytes of a hook's JSON from which on it is dropped."""
_MOST_DRAINED = 1 << 30
_PATIENCE = 5.0
"""Seconds that a hook waits for its JSON."""
_STARTING = 5.0
"""Seconds that an importer has to start and to promise more."""
_LONGEST_PATH = 4096
_MOST_FILES = 4096
"""Descriptors that an agent may have left open for its hook."""
_PATHS = ("transcript_path", "transcriptPath")
_IDS = ("session_id", "sessionId")
_ANSWERS = ("last_assistant_message", "prompt_response")

Start = Callable[[str, str], object]


def poke(words: Sequence[str], now: float, start: Start) -> bool:
    """Leave a note and start an importer; return False if the words name no spool.

    `now` is the time in seconds since the epoch. `start` takes the folder of the spool and the
    repository's path, and starts an importer.
    """
    agent, options = _parsed(words)
    if "spool" not in options:
        return False
    spool = Spool(options["spool"])
    try:
        spool.make()
        _leave(spool, agent, now)
    except OSError:
        _drain()  # a full disk, a folder of somebody else: the agent's turn ends all the same
    try:
        if not spool.is_leased(now):
            spool.lease(now + _STARTING)  # so that the next pokes start no further one
            start(spool.folder, options.get("repository", ""))
    except OSError:
        return True  # an importer could not take a note from there either
    return True


def _leave(spool: Spool, agent: str, now: float) -> None:
    data = _read_stdin()
    if not agent.isalpha() or not agent.isascii():
        spool.drop("an unknown agent")
        return
    spool.mark(agent)
    if data is None or len(data) > _MOST_BYTES:
        spool.drop("input that is too large" if data else "no input")
        return
    note = _note(spool, agent, data)
    if note is None:
        spool.drop("input that is no JSON of a hook")
    else:
        spool.put(note, int(now * 1e9))


def _note(spool: Spool, agent: str, data: bytes) -> Note | None:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None

    def first(names: tuple[str, ...]) -> str:
        return next((one for name in names if isinstance(one := said.get(name), str)), "")

    path, native_id, answer = first(_PATHS), first(_IDS), first(_ANSWERS).strip()
    if len(path) > _LONGEST_PATH or len(native_id) > _LONGEST_PATH or not (path or native_id):
        return None
    if not answer:
        return Note(agent, path, native_id)
    return Note(agent, path, native_id, spool.hash_of(answer), len(answer))


def _read_stdin() -> bytes | None:
    """Return what stdin has, up to a byte more than is taken; None for none within some seconds."""
    parts: list[bytes] = []
    size, end = 0, time.monotonic() + _PATIENCE
    if os.isatty(0):
        return None
    while size < _MOST_DRAINED:
        left = end - time.monotonic()
        if left <= 0 or not select.select([0], [], [], left)[0]:
            return b"".join(parts) or None
        part = os.read(0, 1 << 16)
        if not part:
            break
        size += len(part)
        if size <= _MOST_BYTES + len(part):
            parts.append(part)
    return b"".join(parts)


def _drain() -> None:
    """Read what is left of stdin, so that the agent's write to it does not fail."""
    try:
        _read_stdin()
    except OSError:
        return


def start_importer(spool: str, repository: str) -> None:
    """Start an importer that outlives this process and the agent, without any stream of theirs."""
    named = ["-R", repository] if repository else []
    words = [sys.executable, "-P", "-m", "porcelain", "watch", "--for-hooks", spool, *named]
    if os.fork() == 0:
        _become(words)


def _become(words: list[str]) -> NoReturn:
    try:
        os.setsid()
        os.chdir("/")
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        os.closerange(3, _MOST_FILES)
        os.execv(words[0], words)  # noqa: S606 - without a shell, as it should
    finally:
        os._exit(0)


def _parsed(words: Sequence[str]) -> tuple[str, dict[str, str]]:
    """Return the agent and the options of a command line; what is unknown is left out."""
    agent, options = "", {}
    rest = iter(words)
    for word in rest:
        name, has_value, value = word.partition("=")
        key = {"--spool": "spool", "--repository": "repository", "-R": "repository"}.get(name)
        if key is not None:
            options[key] = value if has_value else next(rest, "")
        elif not word.startswith("-"):
            agent = agent or word
    return agent, options
