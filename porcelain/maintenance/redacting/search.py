"""Search the places that still hold redacted text: hidden versions, the log, names and refs.

A commit *leads to* the text if it or one of its ancestors holds it: as long as anything names such a
commit, git keeps the text.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from porcelain.index.operation_walk import walk_operations
from porcelain.index.view_rows import part_rows
from porcelain.maintenance.redacting.redact_trees import ENTRY, Transcripts
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.model.ids import OperationId
from porcelain.model.source import Source
from porcelain.model.view import diff_views, read_roots
from porcelain.model.view_value import HEADS, IMPORTS, WORKSPACES, target_commits
from store.errors import ObjectError, ObjectNotFound
from store.ids import CommitId, TreeId
from store.index.commit_index import Index
from store.objects.commit import read_commit
from store.objects.objects import ObjectReader, Scratch

_LAID_OUT = re.compile(r"[0-9a-f]+(?:\.json)?|[a-z]+(?:\.json)?|[0-9]+(?:-[0-9]+|[+-])")
"""Names of the layout and ids, which are not text."""


class Found(NamedTuple):
    """Visible and hidden commits that hold the text, and all that lead to it."""

    visible: frozenset[CommitId]
    hidden: frozenset[CommitId]
    leading: frozenset[CommitId]


class Search:
    """A search for the text of one redaction; trees that `known` has searched are skipped."""

    def __init__(
        self, reader: ObjectReader, redaction: Redaction, known: Transcripts | None = None
    ) -> None:
        """Read nothing yet."""
        self.reader = reader
        self.redaction = redaction
        self._transcripts = Transcripts(Scratch(reader, keeps=False), redaction, known)
        self._plain_names: set[bytes] = set()
        self._commits: dict[CommitId, bool] = {}

    def commits(self, index: Index) -> Found:
        """Search all commits in the index.

        Raises:
            CorruptObject: one cannot be read.
        """
        has: dict[bool, set[CommitId]] = {False: set(), True: set()}
        leading: set[int] = set()
        names: dict[int, CommitId] = {}
        above: dict[int, list[int]] = {}
        for parent, child in index.query("SELECT parent, child FROM edges"):
            above.setdefault(child, []).append(parent)
        for pos, raw, visible in index.query("SELECT pos, id, visible FROM commits ORDER BY pos"):
            commit_id = CommitId(raw.hex())
            if self.has(commit_id):
                has[bool(visible)].add(commit_id)
                leading.add(pos)
            elif any(parent in leading for parent in above.get(pos, ())):
                leading.add(pos)
            if pos in leading:
                names[pos] = commit_id
        sources = {one for one in self._sources(index) if self.has(one)}
        all_leading = frozenset({*names.values(), *sources})
        return Found(frozenset(has[True]), frozenset(has[False]), all_leading)

    def _sources(self, index: Index) -> set[CommitId]:
        """Return the commits with the rows of imported files, of the present and of every past state."""
        found: set[CommitId] = set()
        values = [value for _, value in part_rows(index, IMPORTS)]
        before: dict[str, TreeId] = {}
        for operation in walk_operations(index):
            after = read_roots(self.reader, operation.view, operation.id)
            here = {part: root for part, root in after.items() if part == IMPORTS}
            values += [v for _, _, _, v in diff_views(self.reader, before, here) if v is not None]
            before = here
        for value in values:
            source = Source.of(value)
            found.update(one for one in (source.stored, *source.earlier) if one is not None)
        return {one for one in found if self._is_there(one)}

    def _is_there(self, commit_id: CommitId) -> bool:
        try:
            read_commit(self.reader, commit_id)
        except ObjectNotFound:
            return False
        return True

    def has(self, commit_id: CommitId) -> bool:
        """Tell whether a commit itself holds the text."""
        if commit_id not in self._commits:
            commit = read_commit(self.reader, commit_id)
            has = self._transcripts.has(commit.tree) or self.redaction.is_in(commit)
            self._commits[commit_id] = has
        return self._commits[commit_id]

    def operations(self, index: Index, leading: Collection[CommitId]) -> list[OperationId]:
        """Return the operations whose state shows such a commit or name, oldest first."""
        found: list[OperationId] = []
        before: dict[str, TreeId] = {}
        tainted: set[tuple[str, str]] = set()
        for operation in reversed(list(walk_operations(index))):
            after = read_roots(self.reader, operation.view, operation.id)
            for part, key, _, value in diff_views(self.reader, before, after):
                tainted.discard((part, key))
                if value is not None and self._is_tainted(part, key, value, leading):
                    tainted.add((part, key))
            before = after
            if tainted:
                found.append(operation.id)
        return found

    def _is_tainted(self, part: str, key: str, value: str, leading: Collection[CommitId]) -> bool:
        named = [CommitId(key)] if part == HEADS else target_commits(part, value)
        return any(one in leading for one in named) or self.names_it(part, key, value)

    def names_it(self, part: str, key: str, value: str) -> bool:
        """Tell whether a row of a view contains the text."""
        if part == HEADS:
            return False
        texts = (key, value) if part in (IMPORTS, WORKSPACES) else (key,)
        return any(self.redaction.text(text) is not None for text in texts)

    def ref_leads(self, value: str, known: dict[str, bool], *, only_tag: bool) -> bool:
        """Tell whether an object or an annotated tag on it leads to the text.

        With `only_tag` the object below the tag is not searched. `known` keeps the answers for
        commits.
        """
        try:
            kind, data = self.reader.read(value)
            while kind == "tag":
                if self.redaction.text(data.decode("utf-8", "surrogateescape")) is not None:
                    return True
                value = data[7:47].decode("ascii", "replace")
                kind, data = self.reader.read(value)
            if only_tag:
                return False
            if kind == "commit":
                return self._leads(CommitId(value), known)
            if kind == "tree":
                return self._transcripts.has(TreeId(value))
            return self.redaction.row(value, data) is not None
        except ObjectError:
            return False

    def _leads(self, start: CommitId, known: dict[str, bool]) -> bool:
        pending = [start]
        while pending:
            commit_id = pending.pop()
            if commit_id in known:
                if known[commit_id]:
                    return True
                continue
            known[commit_id] = self.has(commit_id)
            if known[commit_id]:
                known[start] = True
                return True
            pending += read_commit(self.reader, commit_id).parents
        return False

    def objects(self, items: Iterator[tuple[str, str, bytes]]) -> list[str]:
        """Return the ids of those objects (id, kind, data) that hold the text."""
        return [one for one, kind, data in items if self._object_has(one, kind, data)]

    def _object_has(self, object_id: str, kind: str, data: bytes) -> bool:
        if kind == "blob":
            if self.redaction.messages and self.redaction.document(data) is not None:
                return True
            return self.redaction.row(object_id, data) is not None
        if kind == "tree":
            return self._tree_names_it(data)
        text = data.decode("utf-8", "surrogateescape")
        if kind == "commit":
            head, _, message = text.partition("\n\n")
            people = (
                line for line in head.split("\n") if line.startswith(("author ", "committer "))
            )
            return any(self.redaction.text(part) is not None for part in (*people, message))
        return self.redaction.text(text) is not None

    def _tree_names_it(self, data: bytes) -> bool:
        for raw in {entry[1] for entry in ENTRY.findall(data)} - self._plain_names:
            name = raw.decode("utf-8", "surrogateescape")
            given = name.removeprefix("=").removeprefix("!")
            if given == name and _LAID_OUT.fullmatch(name):
                continue
            if self.redaction.text(unquote(given)) is not None:
                return True
            self._plain_names.add(raw)
        return False
