"""The head view and the operation log, read from the index by reading commands.

These are porcelain's own tables in the store's index file. They hold the head operation's view
row by row, with the outside ref changes that no operation has recorded yet as an overlay, the
change id of every commit, and the operations. All of it can be rebuilt from the refs.

    view_rows    part, key, value: the view that is shown, with the overlay
    laid_over    the rows of the head view that the overlay replaced
    changes      position -> change id, also of commits without the header; `again`: an
                 earlier commit has it too; `shown`: the commit is visible
    operations   seq rises from parents to children; `undone` counts undos in force; `read`:
                 session_moves is filled for the operation
    operation_parents   operation -> the seqs of its children; the root's too
    origins      commit -> the operations that made it, by their predecessors
    log_gaps     operations that the log names and that cannot be read, and why
    session_moves   session -> the operations that moved it from its position after every
                 parent; filled when first needed
    unsettled    refs that could not be written because another program had locked them
    indexed_sources, source_rows, source_files   see `porcelain.index.source_rows`
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from porcelain.model.ids import ChangeId, OperationId
from porcelain.model.view_value import REMOTES, WORKSPACES, Workspace
from store.ids import NULL_ID, CommitId, TreeId, is_full_id
from store.index.commit_index import Index
from store.index.commit_row import CommitRow

if TYPE_CHECKING:
    from porcelain.model.operation import Operation
    from store.repository.repository import Repository

VERSION = 8
TABLES = """
CREATE TABLE view_rows (
    part TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (part, key)
) WITHOUT ROWID;
CREATE INDEX view_values ON view_rows (part, value);
CREATE INDEX view_unusual ON view_rows (part, key)
    WHERE part <> 'heads' AND key GLOB '*[^A-Za-z0-9_-]*';
CREATE INDEX view_remote_several ON view_rows (part, key)
    WHERE part GLOB 'remotes/*' AND length(value) > 50;
CREATE INDEX view_several ON view_rows (part, key) WHERE instr(value, ' ') > 0;
CREATE TABLE laid_over (
    part TEXT NOT NULL, key TEXT NOT NULL, value TEXT, PRIMARY KEY (part, key)
) WITHOUT ROWID;
CREATE TABLE changes (
    pos INTEGER PRIMARY KEY, change TEXT NOT NULL, again INTEGER NOT NULL DEFAULT 0,
    shown INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX changes_change ON changes (change, pos);
CREATE INDEX changes_shown ON changes (change, pos) WHERE shown = 1;
CREATE TRIGGER change_shown AFTER UPDATE OF visible ON commits
WHEN old.visible <> new.visible BEGIN
    UPDATE changes SET shown = new.visible WHERE pos = new.pos;
END;
CREATE INDEX changes_again ON changes (change) WHERE again = 1;
CREATE INDEX changes_divergent ON changes (change, pos) WHERE again = 1 AND shown = 1;
CREATE TABLE operations (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, view TEXT NOT NULL,
    replica TEXT NOT NULL, workspace TEXT, kind TEXT NOT NULL, data BLOB NOT NULL,
    undone INTEGER NOT NULL DEFAULT 0, read INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX operations_undoable ON operations (replica, workspace, seq) WHERE undone = 0;
CREATE TABLE operation_parents (
    parent TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (parent, seq)
) WITHOUT ROWID;
CREATE TABLE origins (
    id BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (id, seq)
) WITHOUT ROWID;
CREATE TABLE session_moves (
    name TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (name, seq)
) WITHOUT ROWID;
CREATE TABLE log_gaps (id TEXT PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE unsettled (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE indexed_sources (
    number INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE, stored TEXT NOT NULL
);
CREATE TABLE source_rows (
    number INTEGER NOT NULL, row INTEGER NOT NULL, key BLOB NOT NULL, native BLOB,
    PRIMARY KEY (number, row)
) WITHOUT ROWID;
CREATE INDEX source_rows_key ON source_rows (key);
CREATE INDEX source_rows_native ON source_rows (native) WHERE native IS NOT NULL;
CREATE TABLE source_files (
    location TEXT PRIMARY KEY, path TEXT NOT NULL, size INTEGER NOT NULL, mtime INTEGER NOT NULL,
    ctime INTEGER NOT NULL, inode INTEGER NOT NULL, source TEXT NOT NULL, stored TEXT NOT NULL
) WITHOUT ROWID;
"""

# sqlite reads the stored form of a workspace, so that `json` need not be imported.
_WORKSPACE = (
    "SELECT key, json_extract(value, '$.commit'), json_extract(value, '$.session') "
    "FROM view_rows WHERE part = ?"
)

_MANY = 1000
_GAPS = "SELECT id, reason FROM log_gaps ORDER BY id"


def open_view_index(repository: Repository) -> Index:
    """Open the repository's index with porcelain's tables in it."""
    return Index(repository, TABLES, VERSION)


def indexed_head(index: Index) -> OperationId:
    """Return the operation whose view the index holds."""
    rows = index.query("SELECT value FROM meta WHERE key = 'head'")
    return OperationId(rows[0][0]) if rows else OperationId(NULL_ID)


def value_faults(index: Index) -> dict[tuple[str, str], str]:
    """Return the reason for each value of the view that cannot be read, by part and key."""
    rows = index.query("SELECT value FROM meta WHERE key = 'faults'")
    if not rows:
        return {}
    import json

    return {(part, key): reason for part, key, reason in json.loads(rows[0][0])}


def require_readable(index: Index, part: str, key: str) -> None:
    """Refuse to take a value that cannot be read for one that is absent.

    Raises:
        CorruptOperation: the value cannot be read.
    """
    reason = value_faults(index).get((part, key))
    if reason is not None:
        from porcelain.errors import CorruptOperation

        raise CorruptOperation(indexed_head(index), reason)


def get_row(index: Index, part: str, key: str) -> str | None:
    """Return one value of the view."""
    sql = "SELECT value FROM view_rows WHERE part = ? AND key = ?"
    rows = index.query(sql, (part, key))
    return rows[0][0] if rows else None


def rows_beginning(index: Index, part: str, beginning: str) -> list[tuple[str, str]]:
    """Return (key, value) of a part's rows whose keys begin so, in byte order."""
    sql = "SELECT key, value FROM view_rows WHERE part = ? AND key >= ? AND key < ? ORDER BY key"
    return index.query(sql, (part, beginning, f"{beginning}\U0010ffff"))


def values_of(index: Index, rows: Iterable[Sequence[Any]]) -> dict[tuple[str, str], str]:
    """Return the values that the view has at the (part, key) with which rows begin."""
    keys: dict[str, list[str]] = {}
    for row in rows:
        keys.setdefault(row[0], []).append(row[1])
    return {
        (part, key): value
        for part, some in keys.items()
        for key, value in _rows_among(index, part, some)
    }


def _rows_among(index: Index, part: str, keys: Sequence[str]) -> list[tuple[str, str]]:
    """Return (key, value) of those of the keys that a part has."""
    sql = "SELECT key, value FROM view_rows WHERE part = ?"
    more = "SELECT 1 FROM view_rows WHERE part = ? LIMIT 1 OFFSET ?"
    if len(keys) < _MANY or index.query(more, (part, 4 * len(keys))):
        return index.query_among(f"{sql} AND key IN ({{}})", keys, part)
    wanted = {*keys}  # most of the part, so that it is read in one go
    return [row for row in index.query(sql, (part,)) if row[0] in wanted]


def part_rows(index: Index, part: str, start: str = "") -> list[tuple[str, str]]:
    """Return a part's (key, value) pairs in byte order, keys beginning with `start`."""
    sql = "SELECT key, value FROM view_rows WHERE part = ? ORDER BY key"
    if not start:
        return index.query(sql, (part,))
    # The end is the first text that is greater than every key with this start.
    end = start[:-1] + chr(ord(start[-1]) + 1)
    sql = sql.replace("ORDER", "AND key >= ? AND key < ? ORDER")
    return index.query(sql, (part, start, end))


def remotes_of(index: Index, part: str) -> list[str]:
    """Return the remotes that have names of a part, in byte order, without reading any name."""
    found: list[str] = []
    after = REMOTES
    sql = "SELECT part FROM view_rows WHERE part > ? AND part < ? ORDER BY part LIMIT 1"
    while rows := index.query(sql, (after, f"{REMOTES[:-1]}0")):
        after = rows[0][0]
        remote, _, kind = after[len(REMOTES) :].rpartition("/")
        if kind == part:
            found.append(remote)
    return found


def remote_part(remote: str, part: str) -> str:
    """Return the part of the view that has a remote's names."""
    return f"{REMOTES}{remote}/{part}"


def keys_of(index: Index, part: str, value: str) -> list[str]:
    """Return the keys of a part that have exactly this value, in byte order."""
    sql = "SELECT key FROM view_rows WHERE part = ? AND value = ? ORDER BY key"
    return [row[0] for row in index.query(sql, (part, value))]


def is_continued(index: Index, position: int) -> bool:
    """Tell whether any visible commit continues the one at a position."""
    sql = "SELECT 1 FROM edges JOIN commits ON pos = child WHERE parent = ? AND visible = 1 LIMIT 1"
    return bool(index.query(sql, (position,)))


def names_at(index: Index, part: str, commit_id: CommitId) -> list[str]:
    """Return the names that point to a commit, also conflicted names with it as a side."""
    several = [k for k, value in conflicted_names(index, part) if commit_id in _sides(value)]
    return sorted({*keys_of(index, part, commit_id), *several})


def conflicted_names(index: Index, part: str) -> list[tuple[str, str]]:
    """Return the (key, value) pairs of the names that point to several commits."""
    # Without a hint sqlite searches the whole part.
    sql = (
        "SELECT key, value FROM view_rows INDEXED BY view_several "
        "WHERE part = ? AND instr(value, ' ') > 0 ORDER BY key"
    )
    return index.query(sql, (part,))


def _sides(value: str) -> list[str]:
    return value.split(" ")[::2]


def parts(index: Index) -> list[str]:
    """Return the parts that have rows."""
    return [row[0] for row in index.query("SELECT DISTINCT part FROM view_rows")]


def change_id_at(index: Index, position: int) -> ChangeId:
    """Return the change id of the commit at a position."""
    rows = index.query("SELECT change FROM changes WHERE pos = ?", (position,))
    return ChangeId(rows[0][0])


def versions(index: Index, change_id: ChangeId) -> list[int]:
    """Return the positions of a change's commits, hidden ones too, newest first."""
    sql = "SELECT pos FROM changes WHERE change = ? ORDER BY pos DESC"
    return [row[0] for row in index.query(sql, (change_id,))]


def operation_rows(index: Index, where: str, arguments: tuple[object, ...]) -> list[Operation]:
    """Return the operations that a condition selects; it may end in an order and a limit."""
    rows = index.query(f"SELECT id, view, data FROM operations WHERE {where}", arguments)
    return [_operation(*row) for row in rows]


def origins(index: Index, commit_id: CommitId, below: int | None = None) -> list[int]:
    """Return the seqs of the operations that made a commit, newest first.

    With `below`, of those with a smaller seq.
    """
    if not is_full_id(commit_id):
        return []
    # Joined, because a view of the past removes the later operations from the table.
    sql = (
        "SELECT seq FROM origins JOIN operations USING (seq) "
        "WHERE origins.id = ? AND seq < ? ORDER BY seq DESC"
    )
    before = 1 << 60 if below is None else below
    return [row[0] for row in index.query(sql, (bytes.fromhex(commit_id), before))]


def log_gaps(index: Index) -> list[tuple[OperationId, str]]:
    """Return the operations of the log that cannot be read, by id, and why.

    The operations before them are not in the index.
    """
    return [(OperationId(row[0]), row[1]) for row in index.query(_GAPS)]


def _operation(operation_id: str, view: str, data: bytes) -> Operation:
    from porcelain.model.operation import Operation, decode_operation

    tree = TreeId(view) if view else None
    return Operation(OperationId(operation_id), decode_operation(data, operation_id), tree)


def shown_replica(repository: Repository, index: Index, host: str) -> str:
    """Return the replica whose workspaces count as this copy's own."""
    known = repository.replica
    if known is not None and known.is_at(repository.path, host):
        # A replica whose only command recorded nothing has no workspaces yet.
        sql = "SELECT 1 FROM operations WHERE replica = ? AND workspace IS NOT NULL LIMIT 1"
        if index.query(sql, (known.id,)):
            return known.id
    sql = "SELECT replica FROM operations WHERE replica <> '' ORDER BY seq DESC LIMIT 1"
    rows = index.query(sql)
    return rows[0][0] if rows else (known.id if known else "")


def shown_commit(index: Index, position: int) -> tuple[CommitRow, ChangeId, int]:
    """Return a commit, its change id, and how many visible commits have that; 0 if it is hidden."""
    # For a hidden commit the number does not matter, and it may be large.
    sql = (
        f"SELECT {', '.join(CommitRow._fields)}, change, CASE WHEN commits.visible = 1 THEN (SELECT "
        "count(*) FROM changes AS other JOIN commits AS one ON one.pos = other.pos "
        "WHERE other.change = changes.change AND one.visible = 1) ELSE 0 END "
        "FROM commits JOIN changes USING (pos) WHERE pos = ?"
    )
    row = index.query(sql, (position,))[0]
    return CommitRow.of(row[:-2]), ChangeId(row[-2]), row[-1]


def title_of(row: CommitRow) -> str:
    """Return a commit's description, or else the title in its generated message."""
    if not row.generated or row.session is None:
        return row.subject
    return row.subject.removeprefix(f"[{row.session}]").strip()


def workspace_row(index: Index, key: str) -> Workspace:
    """Return a workspace's position; an empty one if there is no workspace of this key."""
    rows = index.query(f"{_WORKSPACE} AND key = ?", (WORKSPACES, key))
    return Workspace(*rows[0][1:]) if rows else Workspace(None, None)


def workspace_rows(index: Index, start: str) -> dict[str, Workspace]:
    """Return the workspaces whose keys begin with `start`, by the rest of the key, in order."""
    sql = f"{_WORKSPACE} AND substr(key, 1, ?) = ? ORDER BY key"
    rows = index.query(sql, (WORKSPACES, len(start), start))
    return {key[len(start) :]: Workspace(commit, session) for key, commit, session in rows}
