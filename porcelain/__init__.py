"""Changes, operations and undo for conversations: the domain behind `wj`, as a library.

    import porcelain

    repo = porcelain.open("conversations.git")
    with repo.transaction("fork try-b") as tx:
        tx.fork(repo.resolve("@-"), session="try-b")
    repo.undo()

A *commit* is one stored transcript; a *change* stays the same while its commit is rewritten. A
*session* is a name that follows its conversation, `@` is the current commit of a *workspace*. Each
transaction becomes one *operation*. The operation log holds a complete *view* after each of them,
so any operation can be taken back. Everything is in the bare git repository.

`Repo` is an open repository, `Actor` holds identity, clock and randomness. Every error that is
raised on purpose is a `PorcelainError` or a `store.StoreError`.
"""

from __future__ import annotations

import os
import time
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from porcelain.actions.undoing.undo import Undone
    from porcelain.errors import PorcelainError
    from porcelain.model.actor import Actor
    from porcelain.repo.repo import Repo

__version__ = "0.1.0"
"""A constant, because reading the installed metadata costs 25 ms at every start."""

__all__ = ["Actor", "PorcelainError", "Repo", "Undone", "default_actor", "open"]

_HOMES = {
    "Actor": "porcelain.model.actor",
    "PorcelainError": "porcelain.errors",
    "Repo": "porcelain.repo.repo",
    "Undone": "porcelain.actions.undoing.undo",
}


def open(path: str, *, actor: Actor | None = None, workspace: str = "default") -> Repo:  # noqa: A001 - as in `store`
    """Open the bare repository at `path`, acting in a workspace as `actor`.

    Raises:
        NotARepository, UnsupportedRepository, ForeignOwner: it cannot be used.
        ShallowRepository: its history is cut off.
        UnknownWorkspace: it has no such workspace.
    """
    from porcelain.repo.repo import DEFAULT_WORKSPACE, Repo

    repo = Repo.open(path, actor or default_actor(), workspace)
    if workspace != DEFAULT_WORKSPACE and workspace not in repo.workspaces():
        from porcelain.errors import UnknownWorkspace

        raise UnknownWorkspace(workspace)
    return repo


def default_actor(name: str = "", email: str = "") -> Actor:
    """Return an actor with the system's user, host, clock and randomness.

    Without `name` and `email` the user at the host; no configuration is read.
    """
    import pwd

    from porcelain.model.actor import Actor

    def clock() -> int:
        return time.time_ns() // 1_000_000  # noqa: TID251 - the caller asked for the default

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = f"uid{os.getuid()}"
    host = os.uname().nodename
    zone = time.strftime("%z")
    return Actor(
        name or user, email or f"{user}@{host}", user, host, clock, clock, os.urandom, zone
    )


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'porcelain' has no attribute {name!r}")

    return getattr(import_module(_HOMES[name]), name)
