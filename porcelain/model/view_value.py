"""What the values of a view are in memory: names' targets, workspaces, the ledger of imports.

A value is text, the form in which the index keeps it too: a commit id, a
conflict as its terms joined by spaces (`-` for an absent side), or compact JSON.
How a view lies in git trees is `porcelain.model.view`'s business; this is all that a command which
only looks needs to know of one.
"""

from __future__ import annotations

from typing import NamedTuple

from store.ids import CommitId

HEADS = "heads"
SESSIONS = "sessions"
TAGS = "tags"
WORKSPACES = "workspaces"
IMPORTS = "imports"
REMOTES = "remotes/"

Target = tuple[CommitId | None, ...]
"""Where a name points: one term, or a conflict of an odd number (add, remove, add, …)."""

ABSENT: Target = (None,)


class Workspace(NamedTuple):
    """A current position: the commit `@` and the current session, each may be absent."""

    commit: CommitId | None
    session: str | None

    def text(self) -> str:
        """Return the stored form."""
        return _json({"commit": self.commit, "session": self.session})

    @classmethod
    def of(cls, text: str | None) -> Workspace:
        """Read the stored form; None is a workspace that stands nowhere."""
        if text is None:
            return cls(None, None)
        import json

        fields = json.loads(text)
        return cls(fields.get("commit"), fields.get("session"))


class ImportEntry(NamedTuple):
    """What was imported of a native conversation.

    `rows` of its rows were, `last` is the blob id of the last one; `commit` is the change
    that it ended up in, `session` the name that got.
    """

    rows: int
    last: str
    commit: CommitId
    session: str

    def text(self) -> str:
        """Return the stored form."""
        return _json(self._asdict())

    @classmethod
    def of(cls, text: str) -> ImportEntry:
        """Read the stored form."""
        import json

        fields = json.loads(text)
        return cls(*(fields[name] for name in cls._fields))


def target_text(target: Target) -> str | None:
    """Return a target's text form; None for a resolved absent one."""
    if target == ABSENT:
        return None
    return " ".join(term or "-" for term in target)


def parse_target(text: str | None) -> Target:
    """Return the target that a text form stands for."""
    if text is None:
        return ABSENT
    return tuple(None if term == "-" else CommitId(term) for term in text.split(" "))


def target_commits(part: str, text: str) -> list[CommitId]:
    """Return the commits that a value of a part names, so that they can be kept alive."""
    if part == HEADS:
        return []
    if part == WORKSPACES:
        commit = Workspace.of(text).commit
        return [commit] if commit else []
    if part == IMPORTS:
        return [ImportEntry.of(text).commit]
    if part.startswith(REMOTES):
        text = text.partition(" ")[2]
    return [term for term in parse_target(text) if term]


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
