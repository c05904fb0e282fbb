"""Compare refs with the view: which refs a view exports, and which refs were moved outside.

`refs/wj/op` is authoritative; the session, tag and remote refs are exported from its view. No
journal is needed to tell an outside change from an unfinished export. If a ref differs from the
head view but equals the view of an operation since the last exported one, the export is
unfinished; otherwise the ref was moved outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from porcelain.errors import CorruptOperation
from porcelain.index.exported_refs import exported_value, exported_values, first_side
from porcelain.index.view_rows import get_row, part_rows, values_of
from porcelain.model.ids import OperationId
from porcelain.model.operation import ROOT_OPERATION, decode_operation
from porcelain.model.operation_store import read_operation
from porcelain.model.view import Roots, read_roots, readable_values
from porcelain.model.view_merge import IsAncestor, merge_value
from porcelain.model.view_value import REMOTES, SESSIONS, TAGS
from store.errors import ObjectError
from store.ids import CommitId, RefName
from store.index.commit_index import Index
from store.objects.objects import ObjectReader

_MANY = 1000
Differing = dict[tuple[str, str], CommitId | None]
"""The (part, key) of refs that differ from the view, and the refs' commits; None for no ref."""
# Names whose refs are as the view has them, and names that may be in another's way.
_SETTLED = (
    "SELECT part, key FROM view_rows JOIN refs ON refs.name = 'refs/' || part || '/' || key "
    "WHERE part <> 'heads' AND value = refs.id AND refs.pos IS NOT NULL AND length(key) < 200"
)
_UNUSUAL = (
    "SELECT part, key FROM view_rows INDEXED BY view_unusual "
    "WHERE part <> 'heads' AND key GLOB '*[^A-Za-z0-9_-]*'"
)


class OutsideMove(NamedTuple):
    """A ref that was moved outside: its value in our view, its commit now, its exported value.

    `ours` and `base` are values of the view.
    """

    part: str
    key: str
    ours: str | None
    theirs: CommitId | None
    base: str | None

    def merged(self, theirs: CommitId | None, is_ancestor: IsAncestor) -> str | None:
        """Return the value of the name when the ref was moved to `theirs`."""
        text: str | None = theirs
        if theirs is not None and self.part.startswith(REMOTES):
            text = f"{(self.ours or self.base or 'untracked').partition(' ')[0]} {theirs}"
        merged = merge_value(self.part, self.base, self.ours, text, is_ancestor)
        if self.ours is None or merged is None or text is None or self.base is None:
            return merged
        # The exported side of a conflict stays in its place, so that the ref keeps showing it.
        terms = self.ours.split(" ")
        if len(merged.split(" ")) == len(terms) and self.base in terms[::2]:
            terms[terms.index(self.base)] = text
            return " ".join(terms)
        return merged


def ref_of(part: str, key: str) -> RefName | None:
    """Return the ref that exports a name of the view; None for parts without refs."""
    if part in (SESSIONS, TAGS) or part.startswith(REMOTES):
        return RefName(f"refs/{part}/{key}")
    return None


def name_of(ref: str) -> tuple[str, str] | None:
    """Return the (part, key) that a ref exports; None for other refs."""
    for part, start in ((SESSIONS, "refs/sessions/"), (TAGS, "refs/tags/")):
        if ref.startswith(start):
            return part, ref[len(start) :]
    if ref.startswith("refs/remotes/"):
        for part in (SESSIONS, TAGS):
            remote, middle, key = ref[len("refs/remotes/") :].partition(f"/{part}/")
            if middle:
                return f"{REMOTES}{remote}/{part}", key
    return None


def exported_text(text: str | None) -> str | None:
    """Return a value of the view as its ref shows it."""
    side = first_side(text)
    if text is None or side is None:
        return None
    state, space, _ = text.partition(" ")
    return f"{state} {side}" if space and state in ("tracked", "untracked") else side


def differing_refs(index: Index, touched: Iterable[tuple[str, str]]) -> Differing:
    """Return the (part, key) of the refs that differ from the view, and the commits of the refs.

    Only names that changed in the view, refs that moved, and refs that differed last time are
    compared, so the cost does not depend on the number of names.
    """
    with index.writing() as connection:
        moved = connection.execute("SELECT name FROM moved UNION SELECT name FROM unsettled")
        names = [name for (ref,) in moved if (name := name_of(ref)) is not None]
        names += [name for name in touched if ref_of(*name) is not None]
        connection.execute("DELETE FROM moved")
        connection.execute("DELETE FROM unsettled")
        differing = _differing(index, sorted(with_neighbours(index, names)))
        connection.executemany(
            "INSERT INTO unsettled VALUES (?)", [(ref_of(*name),) for name in differing]
        )
    return differing


def _differing(index: Index, names: list[tuple[str, str]]) -> Differing:
    refs = [ref_of(*name) for name in names]
    broken = "SELECT name FROM refs WHERE pos IS NULL AND name IN ({})"
    # Unreadable refs, and those that name no commit, are reported elsewhere, not deleted.
    unusable = {row[0] for row in index.query_among(broken, refs)}
    found, exported = actual_values(index, names), exported_values(index, names)
    return {
        name: found.get(name)
        for name, ref in zip(names, refs, strict=True)
        if ref not in unusable and found.get(name) != exported[name]
    }


def actual_values(
    index: Index, names: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], CommitId]:
    """Return the commits of the names that have refs, annotated tags peeled."""
    name_at = {ref_of(*name): name for name in names}
    sql = "SELECT name, lower(hex(commits.id)) FROM refs JOIN commits ON commits.pos = refs.pos"
    more = "SELECT 1 FROM refs LIMIT 1 OFFSET ?"
    if len(name_at) < _MANY or index.query(more, (4 * len(name_at),)):
        rows = index.query_among(f"{sql} WHERE name IN ({{}})", name_at)
    else:
        rows = index.query(sql)  # most of the refs, so that they are read in one go
    return {name_at[ref]: CommitId(found) for ref, found in rows if ref in name_at}


def actual(index: Index, part: str, key: str) -> CommitId | None:
    """Return the commit of a name's ref, annotated tags peeled; None if there is none."""
    return actual_values(index, [(part, key)]).get((part, key))


def outside_moves(
    index: Index,
    reader: ObjectReader,
    differing: Differing,
    head: OperationId,
    exported: OperationId,
) -> list[OutsideMove]:
    """Return the differing refs that were moved outside; the others are unfinished exports."""
    if not differing:
        return []
    chain = _chain(index, head, exported)
    keys: dict[str, list[str]] = {}
    for part, key in differing:
        keys.setdefault(part, []).append(key)
    views = [
        {part: readable_values(reader, roots, part, some) for part, some in keys.items()}
        for roots in _views(reader, chain)
    ]
    ours = values_of(index, differing)
    moves = []
    for (part, key), theirs in differing.items():
        values = [view[part].get(key) for view in views]
        if len(chain) > 1 and any(first_side(value) == theirs for value in values):
            continue
        if theirs is None and _is_unexportable(index, part, key):
            continue
        base = exported_text(values[-1])
        moves.append(OutsideMove(part, key, ours.get((part, key)), theirs, base))
    return moves


def _views(reader: ObjectReader, chain: list[OperationId]) -> Iterator[Roots]:
    """Yield the views of operations, the head's first; unreadable older ones are left out."""
    for operation_id in chain:
        try:
            yield read_roots(reader, read_operation(reader, operation_id).view, operation_id)
        except (CorruptOperation, ObjectError):
            if operation_id == chain[0]:
                raise


def _is_unexportable(index: Index, part: str, key: str) -> bool:
    return get_row(index, part, key) is not None and exported_value(index, part, key) is None


def _chain(index: Index, head: OperationId, exported: OperationId) -> list[OperationId]:
    """Return the operations from the head back to the exported one; the head if it is not found.

    Where the exported one is on another side of a merge, all that came after it.
    """
    found = [head]
    while found[-1] not in (exported, ROOT_OPERATION):
        rows = index.query("SELECT data FROM operations WHERE id = ?", (found[-1],))
        if not rows:
            break
        found.append((*decode_operation(rows[0][0], found[-1]).parents, ROOT_OPERATION)[0])
    if found[-1] == exported:
        return found
    from porcelain.index.operation_walk import is_before, only_before

    if exported == ROOT_OPERATION or not is_before(index, exported, head):
        return [head]
    since = [operation.id for operation in islice(only_before(index, head, exported), _MANY)]
    return [*since, exported]


def with_neighbours(index: Index, names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return names and those whose export may depend on them: `a/b` on `a`."""
    found = {*names}
    unusual = (
        "SELECT 1 FROM view_rows INDEXED BY view_unusual "
        "WHERE part = ? AND part <> 'heads' AND key GLOB '*[^A-Za-z0-9_-]*' LIMIT 1"
    )
    parts = {part for part in dict(found) if index.query(unusual, (part,))}
    for part, key in [name for name in found if name[0] in parts]:
        found.update((part, other) for other, _ in part_rows(index, part, f"{key}/"))
    return found


def unequal(index: Index, names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the names whose refs are not known to be as the view exports them."""
    wanted = [*names]
    if len(wanted) > _MANY:
        settled = {*index.query(_SETTLED)}.difference(index.query(_UNUSUAL))
        wanted = [name for name in wanted if name not in settled]
    found, exported = actual_values(index, wanted), exported_values(index, wanted)
    return [name for name in wanted if name not in found or found[name] != exported[name]]
