"""The algorithm of the original prototype on pygit2: repositories not written by Wajutsu.

A session is a whole `session.json` in a tree of one file, committed as
`[<id>] <first 80 characters of the last user message>`, and named by `refs/sessions/<id>`,
which is moved without comparing its old value. Listings walk all commits and parse each document.
Its faults are kept: tests compare with them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pygit2

Document = dict[str, Any]
_REFS = "refs/sessions/"


class SeedCommit(NamedTuple):
    """The data that the prototype shows of a commit."""

    hash: str
    short_hash: str
    message: str
    timestamp: int
    message_count: int
    model: str


class SeedStore:
    """The prototype's store."""

    def __init__(self, repository: pygit2.Repository) -> None:
        """Use `init` or `open`."""
        self.repository = repository

    @classmethod
    def init(cls, path: Path) -> SeedStore:
        """Make a bare repository, or open the one whose HEAD is there."""
        if (path / "HEAD").exists():
            return cls.open(path)
        return cls(pygit2.init_repository(str(path), bare=True))

    @classmethod
    def open(cls, path: Path) -> SeedStore:
        """Open a repository."""
        return cls(pygit2.Repository(str(path)))

    def save_commit(self, session: Document, parent: str | None) -> str:
        """Commit a session after `parent` and move its ref there."""
        text = json.dumps(session, indent=2, ensure_ascii=False)
        blob = self.repository.create_blob(text.encode())
        builder = self.repository.TreeBuilder()
        builder.insert("session.json", blob, pygit2.enums.FileMode.BLOB)
        who = pygit2.Signature("pawan", "pawan@localhost")
        parents = [pygit2.Oid(hex=parent)] if parent else []
        message = f"[{session['id']}] {_last_prompt(session)[:80]}"
        made = self.repository.create_commit(None, who, who, message, builder.write(), parents)
        self.repository.references.create(_REFS + session["id"], made, force=True)
        return str(made)

    def load_commit(self, commit: str) -> Document:
        """Read the session at a commit's full hash."""
        blob = self._commit(commit).tree["session.json"]
        assert isinstance(blob, pygit2.Blob)
        found: Document = json.loads(blob.data)
        return found

    def fork(self, parent: str, session: Document) -> str:
        """Commit a session after any commit."""
        return self.save_commit(session, parent)

    def list_leaves(self) -> list[SeedCommit]:
        """List commits without children, newest first."""
        every = self._all()
        parents = {str(p) for c in every for p in self._commit(c).parent_ids}
        found = [self._info(c) for c in every if c not in parents]
        return sorted(found, key=lambda info: -info.timestamp)

    def lineage(self, commit: str) -> list[SeedCommit]:
        """List a commit and its first parents."""
        here: pygit2.Commit | None = self._commit(commit)
        found = []
        while here is not None:
            found.append(self._info(str(here.id)))
            here = here.parents[0] if here.parents else None
        return found

    def children(self, commit: str) -> list[SeedCommit]:
        """List the commits that name this one as a parent."""
        return [
            self._info(c) for c in self._all() if commit in map(str, self._commit(c).parent_ids)
        ]

    def list_sessions(self) -> list[tuple[str, SeedCommit]]:
        """List sessions and their tips, newest first."""
        refs = [name for name in self.repository.references if name.startswith(_REFS)]
        found = [
            (n[len(_REFS) :], self._info(str(self.repository.references[n].target))) for n in refs
        ]
        return sorted(found, key=lambda pair: -pair[1].timestamp)

    def _all(self) -> list[str]:
        found: dict[str, None] = {}
        for name in self.repository.references:
            if name.startswith(_REFS):
                tip = self.repository.references[name].target
                found.update((str(c.id), None) for c in self.repository.walk(tip))
        return list(found)

    def _commit(self, commit: str) -> pygit2.Commit:
        found = self.repository[pygit2.Oid(hex=commit)]
        assert isinstance(found, pygit2.Commit)
        return found

    def _info(self, commit: str) -> SeedCommit:
        found = self._commit(commit)
        session = self.load_commit(commit)
        count = len(session["messages"])
        return SeedCommit(
            commit, commit[:8], found.message, found.commit_time, count, session["model"]
        )


def seed_session(session_id: str, *texts: str, model: str = "test-model") -> Document:
    """Make a session as the prototype writes it: alternating prompts and answers."""
    roles = ("user", "assistant")
    return {
        "id": session_id,
        "model": model,
        "created_at": "2026-03-18T00:00:00+00:00",
        "updated_at": "2026-03-18T00:00:00+00:00",
        "messages": [
            {"role": roles[n % 2], "content": text, "tool_calls": []}
            for n, text in enumerate(texts)
        ],
        "total_tokens": 0,
        "iteration_count": 0,
    }


def _last_prompt(session: Document) -> str:
    for message in reversed(session["messages"]):
        if message["role"] == "user":
            return str(message["content"])
    return "session update"
