"""Values of a view in memory: targets of names, workspaces, the sources of imports.

A value is text, as the index keeps it too: a commit id, the terms of a conflict joined by spaces
(`-` for an absent side), or compact JSON. `porcelain.model.view` stores values in git trees; a
reading command needs only this module.
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
"""The target of a name: one term, or an odd number of terms of a conflict (add, remove, add, …)."""

ABSENT: Target = (None,)


class Workspace(NamedTuple):
    """A current position: the commit `@` and the current session; each may be absent."""

    commit: CommitId | None
    session: str | None

    def text(self) -> str:
        """Return the stored form."""
        return _json({"commit": self.commit, "session": self.session})

    @classmethod
    def of(cls, text: str | None) -> Workspace:
        """Read the stored form; None is a workspace without position."""
        if text is None:
            return cls(None, None)
        import json

        fields = json.loads(text)
        return cls(fields.get("commit"), fields.get("session"))


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


def change_commits(part: str, text: str) -> list[CommitId]:
    """Return the commits of changes that a value of a part names, without those of stored rows."""
    if part != IMPORTS:
        return target_commits(part, text)
    from porcelain.model.source import Source

    return [Source.of(text).commit]


def target_commits(part: str, text: str) -> list[CommitId]:
    """Return the commits that a value of a part names."""
    if part == HEADS:
        return []
    if part == WORKSPACES:
        commit = Workspace.of(text).commit
        return [commit] if commit else []
    if part == IMPORTS:
        from porcelain.model.source import Source

        return Source.of(text).commits()
    if part.startswith(REMOTES):
        text = text.partition(" ")[2]
    return [term for term in parse_target(text) if term]


def _json(value: object) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
