"""Push refs to another repository, each only if it is there as it was last seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from store.ids import NULL_ID
from store.remote.fetch import Source
from store.remote.transport import Command, failure, run
from store.repository.repository import Repository

_AT_ONCE = 1000  # refs in one command line


class RefPush(NamedTuple):
    """A ref to push: its new value (None deletes it), and the value that it must have (None: none)."""

    ref: str
    new: str | None
    expected: str | None


class Rejected(NamedTuple):
    """A ref that the remote did not take, and why; `stale`: it was not as it was last seen."""

    ref: str
    reason: str
    stale: bool


def push_refs(
    repository: Repository,
    target: Source,
    pushes: Sequence[RefPush],
    *,
    atomic: bool = False,
    options: Sequence[str] = (),
) -> list[Rejected]:
    """Push refs; return those that were rejected.

    Many refs go in several commands. With `atomic`, where the remote can and all fit in one, all are taken or
    none. A ref that is as wanted already counts as taken.

    Raises:
        RemoteFailure: the remote cannot be reached or refuses; some refs may have been taken.
    """
    rejected: list[Rejected] = []
    for start in range(0, len(pushes), _AT_ONCE):
        some = pushes[start : start + _AT_ONCE]
        rejected += _push(repository, target, some, atomic=atomic, options=options)
    return rejected


def _push(
    repository: Repository,
    target: Source,
    pushes: Sequence[RefPush],
    *,
    atomic: bool,
    options: Sequence[str],
) -> list[Rejected]:
    words = ["push", "--porcelain", "--progress", "--no-verify", "--no-follow-tags"]
    words += ["--atomic"] if atomic else []
    words += [f"--push-option={option}" for option in options]
    words += [f"--force-with-lease={one.ref}:{one.expected or NULL_ID}" for one in pushes]
    words += ["--", target.url, *(f"{one.new or ''}:{one.ref}" for one in pushes)]
    done = run(Command(repository.path, target.url, words), target.limits, target.progress)
    lines = _lines(done.output.decode("utf-8", "surrogateescape"))
    if done.status and not lines:
        if atomic and "does not support --atomic" in done.errors:
            return _push(repository, target, pushes, atomic=False, options=options)
        raise failure(target.url, done)
    known = {one.ref: one for one in pushes}
    return [
        Rejected(ref, reason, "stale info" in reason or "fetch first" in reason)
        for ref, reason in lines.items()
        if reason and ref in known
    ]


def _lines(output: str) -> dict[str, str]:
    """Return the refs that a push reports, each with the reason why it was rejected, or "".

    A line has a flag, `<from>:<to>` and a summary, with tabs between; the flag `!` says that the ref
    was rejected.
    """
    found: dict[str, str] = {}
    for line in output.split("\n"):
        flag, tab, rest = line.partition("\t")
        names, second, summary = rest.partition("\t")
        if not tab or not second or len(flag) != 1:
            continue
        ref = names.partition(":")[2]
        match = re.search(r"\((.*)\)\s*$", summary)
        found[ref] = (match[1] if match else summary) if flag == "!" else ""
    return found
