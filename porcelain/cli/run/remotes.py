"""Remotes named on a command line or by settings, and how they are reached."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from porcelain.cli.config.keys import format_name
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.progress import Progress
from porcelain.display import plain
from porcelain.errors import Refused
from porcelain.exchange.remote.place import Place, check_namespace
from porcelain.graph.name_list import fits
from porcelain.language.string_pattern import NamePattern
from store.remote.fetch import Source
from store.remote.remotes import Remote, list_remotes
from store.remote.transport import Limits

ORIGIN = "origin"


def remotes_to_fetch(context: Context, named: Sequence[str], *, every: bool) -> list[Remote]:
    """Return the named remotes, or all, or by default those of `git.fetch`, the only one, or origin.

    Raises:
        Refused: there is none.
    """
    known = list_remotes(context.repo.repository)
    if not known:
        raise no_remotes()
    if every:
        return known
    wanted = list(named) or _setting(context, "git.fetch")
    if not wanted:
        return [one for one in known if len(known) == 1 or one.name == ORIGIN] or [
            _refuse_unclear(known)
        ]
    patterns = _patterns(wanted)
    found = [one for one in known if fits(patterns, one.name)]
    for pattern in patterns:
        if pattern.is_exact and not any(fits([pattern], one.name) for one in known):
            context.output.warning(f"No matching remotes for names: {plain(pattern.text)}")
    if not found:
        raise Refused("No git remotes to fetch from", _known(known), code="no_remote")
    return found


def the_remote(context: Context, named: str | None) -> Remote:
    """Return the remote that a command works with: named, `git.push`, the only one, or origin.

    Raises:
        Refused: there is none, or it is not clear which.
    """
    known = list_remotes(context.repo.repository)
    if not known:
        raise no_remotes()
    wanted = named or (context.settings.text("git.push") if context.settings.is_configured else "")
    if wanted:
        for one in known:
            if one.name == wanted:
                return one
        raise Refused(f"No git remote named {plain(wanted)}", _known(known), code="no_remote")
    if len(known) == 1:
        return known[0]
    return next((one for one in known if one.name == ORIGIN), None) or _refuse_unclear(known)


def refuse_past(context: Context) -> None:
    """Refuse `--at-op`: other repositories are exchanged with in the newest state.

    Raises:
        Misuse: it is given.
    """
    if context.globals.at_operation is not None:
        raise Misuse("--at-op is not respected: other repositories see the newest state")


def typed_url(text: str) -> str:
    """Return a URL; the path of a folder that is there as an absolute one."""
    return os.path.abspath(text) if "://" not in text and os.path.exists(text) else text


def no_remotes() -> Refused:
    """Return the error that a repository has no remote."""
    return Refused(
        "There are no git remotes",
        "`wj git remote add origin URL` adds one",
        code="no_remote",
    )


@contextmanager
def reached(context: Context, remote: Remote) -> Iterator[Place]:
    """Yield a remote as it is reached, with the user's limits and git's progress on stderr."""
    namespace = ""
    if context.settings.is_configured:
        namespace = check_namespace(context.settings.text("git.namespace"))
    with Progress(context.output, plain(remote.name)) as progress:
        limits = limits_of(context)
        yield Place(
            remote,
            namespace,
            Source(remote.url, limits, progress.say),
            Source(remote.push_url, limits, progress.say),
        )


def limits_of(context: Context) -> Limits:
    """Return the bounds of a transfer, by `git.max-fetch-size`."""
    size = DEFAULT_SIZE
    if context.settings.is_configured:
        size = context.settings.text("git.max-fetch-size") or "0"
    return Limits(size=int(size) << 20)


DEFAULT_SIZE = "4096"
"""The default of `git.max-fetch-size`, for runs that load no settings."""


def tracked_patterns(context: Context, remote: str) -> Sequence[NamePattern]:
    """Return the patterns of new sessions of a remote that are tracked at once."""
    return _patterns(_setting(context, format_name(("git", "auto-track", remote))))


def _patterns(texts: Sequence[str]) -> list[NamePattern]:
    return [NamePattern.parse(text) for text in texts]


def _setting(context: Context, name: str) -> list[str]:
    if not context.settings.is_configured:
        return []
    value = context.settings.config.get(name)
    return list(value) if isinstance(value, tuple) else []


def _refuse_unclear(known: Sequence[Remote]) -> Remote:
    raise Refused(
        "There are several git remotes, and none is called origin",
        f"{_known(known)}; `--remote NAME` says which",
        code="no_remote",
    )


def _known(known: Sequence[Remote]) -> str:
    return f"Remotes: {', '.join(plain(one.name) for one in known)}"
