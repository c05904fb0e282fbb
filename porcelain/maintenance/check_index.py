"""Compare the index with one that is built from the objects and refs, and the refs with the view.

Positions differ between two indexes, so rows are compared with commits and operations named by their
ids. The kept index may know commits that nothing reaches any more; they must not be marked.
"""

from __future__ import annotations

from porcelain.errors import PorcelainError
from porcelain.index.exported_refs import not_exported
from porcelain.index.source_rows import indexed_versions, native_hash, source_rows_of
from porcelain.index.view_rows import open_view_index, operation_rows, part_rows
from porcelain.maintenance.check_log import Finding
from porcelain.model.operation import ROOT_OPERATION
from porcelain.model.operation_store import exported_operation, head_operation
from porcelain.model.source import Source, SourceKey
from porcelain.model.stored_source import read_source
from porcelain.model.view_value import HEADS, IMPORTS, SESSIONS
from porcelain.repo.operation_filter import read_moves
from porcelain.transaction.publish import observe
from porcelain.transcript.formats import keyed_rows
from store.errors import StorageFailure, StoreError, StoreLocked
from store.index.commit_index import Index
from store.index.tip_rows import declared_fields, refresh_tips
from store.repository.repository import LOCK_TIMEOUT, Repository

_SHOWN = 5
_FACTS = (
    *("tree", "generation", "time", "header", "subject", "session", "model", "title", "format"),
    *("rows", "messages", "digest", "empty", "generated", "problem", "leaf", "conflict"),
    *("live", "visible"),
)
_OF_COMMITS = {
    "commits": f"SELECT hex(id), {', '.join(_FACTS)} FROM commits WHERE pos > 0",
    "parents": "SELECT hex(c.id), hex(p.id), ord FROM edges "
    "JOIN commits c ON c.pos = child JOIN commits p ON p.pos = parent",
    "conversations": "SELECT hex(c.id), native, t.title, project, branch, version, started_by "
    "FROM commits c LEFT JOIN conversations t ON t.id = c.conversation WHERE c.pos > 0",
    # Which of a change's commits is the first follows from the order in which they arrived.
    "changes": "SELECT hex(id), change, shown FROM changes JOIN commits USING (pos)",
    "versions of changes": "SELECT change, sum(again) FROM changes GROUP BY change",
    "origins": "SELECT hex(o.id), p.id FROM origins o JOIN operations p USING (seq)",
}
_PARTS = _OF_COMMITS | {
    "reachability": "SELECT hex(id), mark, count FROM roots JOIN commits USING (pos)",
    "refs": "SELECT name, folded, refs.id, hex(commits.id), refs.time, refs.problem "
    "FROM refs LEFT JOIN commits USING (pos)",
    "listings": "SELECT name, id, ms, message, headers, fields, problem FROM tips",
    "listed fields": "SELECT key, value, name, rank FROM tip_fields",
    "the view": "SELECT part, key, value FROM view_rows",
    "outside changes": "SELECT part, key, value FROM laid_over",
    "operations": "SELECT id, view, replica, workspace, kind, data, undone FROM operations",
    "sessions' moves": "SELECT name, id FROM session_moves JOIN operations USING (seq)",
}
_MARKED = "SELECT 1 FROM commits WHERE hex(id) = ? AND (live = 1 OR visible = 1)"


def check_index(repository: Repository, *, is_sound: bool) -> list[Finding]:
    """Return the disagreements of index, refs and objects.

    Faults that a concurrent writer may be the reason for are looked at again under the store lock.
    Where objects are damaged (not `is_sound`), the index may know more than can be read.
    """
    found = _look(repository, is_sound=is_sound)
    if not any(finding.is_fault for finding in found):
        return found
    try:
        # Not `repository.locked`, which removes what killed writers left: nothing is changed here.
        with repository.lock_file.held(LOCK_TIMEOUT):
            return _look(repository, is_sound=is_sound)
    except StoreLocked:
        return []  # a writer is at work
    except StorageFailure:
        return found


def _look(repository: Repository, *, is_sound: bool) -> list[Finding]:
    index, fresh = open_view_index(repository), open_view_index(repository)
    index.move_to_memory()
    fresh.move_to_memory(empty=True)
    try:
        observe(repository, index)
        found = [*_export_findings(repository, index)]
        if is_sound:
            observe(repository, fresh)
            fields = declared_fields(index)
            for one in (index, fresh):
                refresh_tips(one, fields)
                read_moves(repository, one, 0, 1 << 60)
            differing = differing_parts(index, fresh)
            if not differing and not _has_source_rows(repository, index):
                differing.append("the rows of imported files")
            if differing:
                message = f"The index disagrees with the repository about {', '.join(differing)}"
                found.append(Finding("index", message, "index"))
    except (StoreError, PorcelainError, LookupError) as error:
        message = f"The index cannot be brought up to date: {error}"
        return [Finding("index", message, "index")]
    finally:
        index.close()
        fresh.close()
    return found


def _has_source_rows(repository: Repository, index: Index) -> bool:
    """Tell whether the index has the rows of the sources that it names, and no others."""
    lost = "SELECT 1 FROM source_rows WHERE number NOT IN (SELECT number FROM indexed_sources)"
    if index.query(f"{lost} LIMIT 1"):
        return False
    versions = indexed_versions(index)
    for key, text in part_rows(index, IMPORTS):
        source = Source.of(text)
        if source.stored is None or versions.get(key) != source.stored:
            continue  # read again when it is needed
        rows = read_source(repository, source.stored).session.messages
        format_ = SourceKey.of(key, source).format
        wanted = [
            (row, one, None if native is None else native_hash(native))
            for row, (one, native) in enumerate(keyed_rows(format_, (m.raw for m in rows)))
        ]
        if source_rows_of(index, key) != wanted:
            return False
    return True


def differing_parts(kept: Index, fresh: Index) -> list[str]:
    """Return the parts of an index that disagree with a fresh one."""
    found = [part for part, sql in _PARTS.items() if not _agree(part, sql, kept, fresh)]
    if not _is_ordered(kept):
        found.append("the order of operations")
    return found


def _agree(part: str, sql: str, kept: Index, fresh: Index) -> bool:
    here, there = set(kept.query(sql)), set(fresh.query(sql))
    if not here >= there:
        return False
    known = {row[0] for row in fresh.query("SELECT hex(id) FROM commits")}
    extra = {row[0] for row in here - there}
    return not extra or (
        part in _OF_COMMITS
        and known.isdisjoint(extra)
        and not any(kept.query(_MARKED, (one,)) for one in extra)
    )


def _is_ordered(index: Index) -> bool:
    """Tell whether each operation is placed after its parents."""
    before: set[str] = set()
    known = {row[0] for row in index.query("SELECT id FROM operations")}
    for operation in operation_rows(index, "1 = 1 ORDER BY seq", ()):
        if not before.issuperset(known.intersection(operation.data.parents)):
            return False
        before.add(operation.id)
    return True


def _export_findings(repository: Repository, index: Index) -> list[Finding]:
    found: list[Finding] = []
    for part, key in not_exported(index):
        noun = "Session" if part == SESSIONS else "Tag"
        message = (
            f"{noun} {key} cannot be a ref beside the others: it is kept, but git does not "
            "see it; another name for it settles that"
        )
        found.append(Finding("names", message))
    moved = index.query("SELECT part, key FROM laid_over WHERE part <> ?", (HEADS,))
    outside = {f"refs/{part}/{key}" for part, key in moved}
    differing = {row[0] for row in index.query("SELECT name FROM unsettled")}
    for name in sorted(differing - outside):
        message = f"Ref {name} does not show what the newest view says"
        found.append(Finding("export", message, "export"))
    exported, head = exported_operation(repository), head_operation(repository)
    if exported != head and not differing:
        found.append(Finding("export", "The refs were not written to their end", "export"))
    if outside and head != ROOT_OPERATION:
        names = ", ".join(sorted(outside)[:_SHOWN]) + ", …" * (len(outside) > _SHOWN)
        message = f"Moved by others, and recorded by the next command that writes: {names}"
        found.append(Finding("refs", message, is_fault=False))
    return found
