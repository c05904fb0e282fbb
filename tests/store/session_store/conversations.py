"""Small conversations for tests of `SessionStore`."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from store.session.session import Session
from store.session_store.store import SessionStore
from store.tree_layout.layout import Layout

CREATED = "2026-01-01T00:00:00+00:00"


def message(text: str, role: str = "user") -> dict[str, object]:
    """Make a pawan message."""
    return {"role": role, "content": text, "tool_calls": []}


def session(name: str, *texts: str) -> Session:
    """Make a session whose messages have these texts."""
    return Session.new(name, model="m", messages=[message(t) for t in texts], created_at=CREATED)


def texts(found: Session) -> list[str]:
    """Return the messages' texts."""
    return [row.text for row in found.messages]


def ticking(start: int = 1_700_000_000) -> Callable[[], float]:
    """Return a clock that advances by a second with each call."""
    numbers = itertools.count(start)
    return lambda: float(next(numbers))


def store_at(path: Path, layout: Layout = "native", start: int = 1_700_000_000) -> SessionStore:
    """Make or open a store with a clock of its own."""
    return SessionStore.init(path, clock=ticking(start), layout=layout)


def ids(infos: Sequence[object]) -> list[str]:
    """Return the commit ids of what was listed."""
    return [info.id for info in infos]  # type: ignore[attr-defined]
