"""The operation log: operations read from and staged as commits on `refs/wj/op`.

After its parent operations, an operation commit names as git parents the heads of all commits
that it created or newly names: so the log keeps history alive. Instead of more than 16 of them it
names the root of a tree of *keep commits* (empty tree, fixed identity, at most 256 parents each):
libgit2 refuses commits with 65,536 parents, and C git is quadratic in them.

An operation may be signed, in the header `gpgsig` and as git signs commits, so that `git verify-commit`
checks it. The first signed one of a log has the attribute `chain`: its signature vouches for all
operations before it.

Operations that were abandoned or purged after others had them are listed in the tree `dropped/` of every
later operation: a fan-out map from the id of each to its replacement, a gitlink, or to an empty blob
where it has none. Lists that meet are united.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from porcelain.errors import CorruptOperation
from porcelain.model.actor import Sign
from porcelain.model.ids import OperationId
from porcelain.model.operation import (
    ROOT_OPERATION,
    Operation,
    OperationData,
    decode_operation,
    encode_operation,
)
from store.errors import CorruptRef, ObjectError
from store.ids import EMPTY_TREE, CommitId, RefName, TreeId
from store.objects.commit import (
    Commit,
    Signature,
    clean_person,
    encode_commit,
    read_commit,
    write_commit,
)
from store.objects.fanout import FanOutMap
from store.objects.fanout_codec import Entry
from store.objects.objects import ObjectReader, ObjectWriter
from store.objects.tree import FILE, GITLINK, TREE, TreeEntry, read_tree, write_tree
from store.repository.ref_read import list_refs, read_ref
from store.repository.repository import Repository

OPERATION_REF = RefName("refs/wj/op")
EXPORTED_REF = RefName("refs/wj/exported")
REPLICAS = "refs/wj/replicas/"
"""Below it, each copy keeps the newest operation that it has published, under its replica id.

A fetch that forces another repository's refs into this one takes them out of `refs/wj/op`; this ref
keeps them alive, and the next command merges both logs.
"""
CHAIN = "chain"
"""The attribute of a signed operation that vouches for those before it; its value says why."""
BEGINS = "begins"
_SIGNATURE = "gpgsig"
_DROPPED = "dropped"
_LISTING = 2  # the version of repositories that may list dropped operations
_MOST_PARENTS = 16
_KEEP_WIDTH = 256
_KEEPER = Signature("wajutsu", "wajutsu@localhost", 0)
_KEEP_MESSAGE = "keep\n"


def head_operation(repository: Repository) -> OperationId:
    """Return the newest operation's id; the virtual root's if there is no log."""
    return OperationId(read_ref(repository, OPERATION_REF) or ROOT_OPERATION)


def exported_operation(repository: Repository) -> OperationId:
    """Return the operation whose view was exported last."""
    return OperationId(read_ref(repository, EXPORTED_REF) or ROOT_OPERATION)


def replica_ref(repository: Repository) -> RefName | None:
    """Return the ref that keeps the newest operation of this copy; None without a replica."""
    known = repository.replica
    return RefName(f"{REPLICAS}{known.id}") if known is not None else None


def own_head(repository: Repository) -> OperationId | None:
    """Return the newest operation that this copy has published; None where that is not known."""
    ref = replica_ref(repository)
    try:
        found = read_ref(repository, ref) if ref is not None else None
    except CorruptRef:
        return None
    return OperationId(found) if found is not None else None


def replica_heads(repository: Repository) -> dict[RefName, OperationId]:
    """Return the newest operation of each copy that the repository knows, by its ref."""
    try:
        refs = list_refs(repository, REPLICAS, on_error=lambda _: None)
    except CorruptRef:
        return {}
    return {name: OperationId(value) for name, value in refs.items()}


def read_operation(reader: ObjectReader, operation_id: OperationId) -> Operation:
    """Return an operation.

    Raises:
        CorruptOperation: an object of it is missing or damaged.
    """
    if operation_id == ROOT_OPERATION:
        return Operation(ROOT_OPERATION, OperationData("root", ""), None)
    try:
        commit = read_commit(reader, CommitId(operation_id))
        entries = {entry.name: entry.id for entry in read_tree(reader, commit.tree)}
        if "operation.json" not in entries:
            raise CorruptOperation(operation_id, "it has no operation.json")
        data = decode_operation(reader.read(entries["operation.json"])[1], operation_id)
    except ObjectError as error:
        raise CorruptOperation(operation_id, str(error)) from error
    count = len(data.parents)
    if list(commit.parents[:count]) != [CommitId(parent) for parent in data.parents]:
        raise CorruptOperation(operation_id, "its parents are not those that it names")
    view, dropped = entries.get("view"), entries.get(_DROPPED)
    return Operation(
        operation_id,
        data,
        TreeId(view) if view else None,
        tuple(commit.parents[count:]),
        TreeId(dropped) if dropped else None,
    )


def kept_commits(reader: ObjectReader, operation: Operation) -> Iterator[CommitId]:
    """Yield the session commits that an operation keeps alive, through its keep commits."""
    pending = list(reversed(operation.kept))
    while pending:
        commit_id = pending.pop()
        commit = read_commit(reader, commit_id)
        if is_keep_commit(commit):
            pending += reversed(commit.parents)
        else:
            yield commit_id


def is_keep_commit(commit: Commit) -> bool:
    """Tell whether a commit is a keep commit."""
    return (commit.tree, commit.message, commit.committer) == (EMPTY_TREE, _KEEP_MESSAGE, _KEEPER)


def stage_operation(
    writer: ObjectWriter,
    data: OperationData,
    view: TreeId,
    keep: Sequence[CommitId],
    sign: Sign | None = None,
    dropped: TreeId | None = None,
) -> Operation:
    """Stage an operation; moving `refs/wj/op` to it publishes it.

    `keep` are the commits to keep alive, oldest first; duplicates do no harm. With `sign` the
    operation is signed; one that begins a chain says so. `dropped` is the list of dropped operations.

    Raises:
        Refused: it cannot be signed.
    """
    if sign is not None and CHAIN not in data.attributes and not _is_signed(writer, data.parents):
        data = data._replace(attributes={**data.attributes, CHAIN: BEGINS})
    if dropped is not None:
        writer.needs_version(_LISTING)
        data = data._replace(version=max(data.version, _LISTING))
    kept = _keep(writer, list(dict.fromkeys(keep)))
    blob = writer.add("blob", encode_operation(data))
    entries = [TreeEntry("operation.json", FILE, blob), TreeEntry("view", TREE, view)]
    if dropped is not None:
        entries.append(TreeEntry(_DROPPED, TREE, dropped))
    tree = write_tree(writer, entries)
    who = _person(data)
    parents = tuple(CommitId(parent) for parent in data.parents) + kept
    first_line = data.description.partition("\n")[0]
    commit = Commit(tree, parents, who, who, f"{first_line}\n")
    if sign is not None:
        signature = sign(encode_commit(commit)).rstrip("\n")
        commit = commit._replace(headers=((_SIGNATURE, signature),))
    return Operation(OperationId(write_commit(writer, commit)), data, view, kept, dropped)


class Dropped:
    """The operations that a log has dropped, as its newest operation lists them."""

    def __init__(self, reader: ObjectReader, newest: Operation) -> None:
        """Read nothing yet."""
        self.map = FanOutMap(reader, newest.dropped, hashed=False)

    def __contains__(self, operation_id: OperationId) -> bool:
        """Tell whether an operation was dropped."""
        return bool(self.map) and self.map.get(operation_id) is not None

    def replacement(self, operation_id: OperationId) -> OperationId | None:
        """Return the operation that stands for a dropped one now; None without any."""
        seen, here = set[str](), operation_id
        while here not in seen and (entry := self.map.get(here)) is not None:
            seen.add(here)
            if entry.mode != GITLINK:
                return None
            here = OperationId(entry.id)
        return here

    def with_more(
        self, writer: ObjectWriter, more: Mapping[OperationId, OperationId | None]
    ) -> TreeId | None:
        """Stage the list with more operations, each with its replacement."""
        none = Entry(FILE, writer.add("blob", b""))
        edits: dict[str, Entry | None] = {
            old: Entry(GITLINK, new) if new else none for old, new in more.items()
        }
        return self.map.update(writer, edits)

    def united(self, writer: ObjectWriter, other: Dropped) -> TreeId | None:
        """Stage the union of two lists; the same whichever is first."""
        edits: dict[str, Entry | None] = {
            key: theirs if ours is None else max(ours, theirs)
            for key, ours, theirs in self.map.diff(other.map.root)
            if theirs is not None
        }
        writer.add("blob", b"")
        return self.map.update(writer, edits) if edits else self.map.root


def signature_of(commit: Commit) -> tuple[str, bytes]:
    """Return the signature of a commit, "" for none, and the bytes that are signed."""
    unsigned = tuple(header for header in commit.headers if header[0] != _SIGNATURE)
    signature = commit.header(_SIGNATURE) or ""
    return signature and f"{signature}\n", encode_commit(commit._replace(headers=unsigned))


def _is_signed(reader: ObjectReader, heads: Sequence[OperationId]) -> bool:
    """Tell whether any operation of a log is signed; nearly always the first one that is read."""
    pending, seen = list(heads), {ROOT_OPERATION}
    while pending:
        here = pending.pop()
        if here in seen:
            continue
        seen.add(here)
        try:
            if read_commit(reader, CommitId(here)).header(_SIGNATURE):
                return True
            pending += read_operation(reader, here).data.parents
        except (CorruptOperation, ObjectError):
            continue
    return False


def heads_among(reader: ObjectReader, commits: Iterable[CommitId]) -> list[CommitId]:
    """Return the commits that are no parent of another of them, in the given order.

    More distant ancestors and unreadable commits are returned too, which does no harm.
    """
    wanted = list(dict.fromkeys(commits))
    inner: set[CommitId] = set()
    members = set(wanted)
    for commit_id in wanted:
        try:
            inner.update(members.intersection(read_commit(reader, commit_id).parents))
        except ObjectError:
            continue
    return [commit_id for commit_id in wanted if commit_id not in inner]


def _keep(writer: ObjectWriter, commits: list[CommitId]) -> tuple[CommitId, ...]:
    if len(commits) <= _MOST_PARENTS:
        return tuple(commits)
    writer.add("tree", b"")
    level = commits
    while len(level) > 1:
        groups = [level[i : i + _KEEP_WIDTH] for i in range(0, len(level), _KEEP_WIDTH)]
        level = [
            write_commit(writer, Commit(EMPTY_TREE, tuple(g), _KEEPER, _KEEPER, _KEEP_MESSAGE))
            for g in groups
        ]
    return tuple(level)


def _person(data: OperationData) -> Signature:
    # Merge and outside operations have no user or host, so that they get the same id on every
    # machine.
    name = clean_person(data.user) or "wajutsu"
    host = clean_person(data.host) or "localhost"
    return Signature(name, f"{name.replace(' ', '.')}@{host}", data.end // 1000)
