"""Views: the complete state after an operation, as maps in git trees.

A view has a few *parts*. Each is a fan-out map, so that changing one name writes a few small
objects, whatever the number of names. An empty part has no tree.

    heads/                       commit id -> gitlink to it
    sessions/  tags/             name -> gitlink, or a conflict under `!`
    workspaces/                  <replica>/<name> -> blob, JSON {"commit", "session"}
    imports/                     <format>:<native id>:<random> -> blob, JSON, see `Source`
    remotes/<remote>/sessions/   name -> tree {"target" gitlink or "conflict" tree,
    remotes/<remote>/tags/                     "tracked" empty blob if tracked}

`porcelain.model.view_value` describes the values in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from porcelain.errors import CorruptOperation
from porcelain.model.source import source_form
from porcelain.model.stored_json import decode, object_id, optional, record, text
from porcelain.model.view_value import (
    HEADS,
    IMPORTS,
    REMOTES,
    SESSIONS,
    TAGS,
    WORKSPACES,
)
from store.errors import CorruptObject, ObjectError, WrongObjectKind
from store.ids import NULL_ID, TreeId
from store.objects.fanout import FanOutMap, read_conflict, write_conflict
from store.objects.fanout_codec import Entry
from store.objects.objects import ObjectReader, ObjectWriter, read_kind
from store.objects.tree import FILE, GITLINK, TREE, TreeEntry, read_tree, write_tree

Roots = Mapping[str, TreeId]
Faults = dict[tuple[str, str], str]
"""The reason for each (part, key) that cannot be read; "" for one that cannot any more."""
Edits = dict[str, dict[str, str | None]]


FORMS = {
    WORKSPACES: record({"commit": optional(object_id), "session": optional(text)}),
    IMPORTS: source_form,
}


class _Roots(dict[str, TreeId]):
    """The parts of the view of an operation."""

    operation = ""


def view_map(reader: ObjectReader, roots: Roots, part: str) -> FanOutMap:
    """Return the map that holds a part."""
    return FanOutMap(reader, roots.get(part), hashed=part != HEADS)  # heads are ids already


def read_value(reader: ObjectReader, roots: Roots, part: str, key: str) -> str | None:
    """Return the text form of a value of a view.

    Raises:
        CorruptOperation: it is stored in another form.
    """
    return _read_value(reader, roots, part, key, view_map(reader, roots, part).get(key))


def readable_values(
    reader: ObjectReader, roots: Roots, part: str, keys: Iterable[str]
) -> dict[str, str | None]:
    """Return the text forms of values; None for those that are stored in another form."""
    found: dict[str, str | None] = {}
    for key, entry in view_map(reader, roots, part).get_many(keys).items():
        try:
            found[key] = _read_value(reader, roots, part, key, entry)
        except CorruptOperation:
            found[key] = None
    return found


def _read_value(
    reader: ObjectReader, roots: Roots, part: str, key: str, entry: Entry | None
) -> str | None:
    if entry is None:
        return None
    try:
        return _decoded(reader, part, key, entry)
    except (ValueError, CorruptObject, WrongObjectKind) as error:
        reason = error.reason if isinstance(error, ObjectError) else str(error)
        member = f"view/{part}/{key}"
        raise CorruptOperation(getattr(roots, "operation", ""), f"{member}: {reason}") from error


def _decoded(reader: ObjectReader, part: str, key: str, entry: Entry) -> str:
    """Return the text form of an entry.

    Raises:
        ValueError, CorruptObject, WrongObjectKind: it has another form than its part.
    """
    if part == HEADS:
        if (entry.mode, entry.id) != (GITLINK, key):
            raise ValueError("it is not a link to this commit")
        return ""
    if part in (SESSIONS, TAGS):
        return _read_target(reader, entry)
    if part.startswith(REMOTES):
        return _read_remote(reader, entry)
    if entry.mode != FILE:
        raise ValueError("it is not a file")
    stored = read_kind(reader, entry.id, "blob").decode("utf-8")
    if part in FORMS:
        decode(stored, FORMS[part])
    return stored


def write_value(writer: ObjectWriter, part: str, key: str, text: str | None) -> Entry | None:
    """Stage a value and return the entry that holds it."""
    if text is None:
        return None
    if part == HEADS:
        return Entry(GITLINK, key)
    if part in (SESSIONS, TAGS):
        return _write_target(writer, text)
    if part.startswith(REMOTES):
        return _write_remote(writer, text)
    return Entry(FILE, writer.add("blob", text.encode("utf-8")))


def read_roots(
    reader: ObjectReader, view_tree: TreeId | None, operation_id: str = ""
) -> dict[str, TreeId]:
    """Return the parts of a view tree, remotes flattened to `remotes/<name>/<part>`.

    `operation_id` is the operation that errors name.
    """
    roots = _Roots()
    roots.operation = operation_id
    if view_tree is None:
        return roots
    for entry in read_tree(reader, view_tree):
        if entry.name != "remotes":
            roots[entry.name] = TreeId(entry.id)
            continue
        for remote in read_tree(reader, TreeId(entry.id)):
            for part in read_tree(reader, TreeId(remote.id)):
                roots[f"{REMOTES}{remote.name}/{part.name}"] = TreeId(part.id)
    return roots


def write_view(
    writer: ObjectWriter, roots: Roots, edits: Edits
) -> tuple[TreeId, dict[str, TreeId]]:
    """Stage a view that is `roots` with `edits`; return its tree and its roots."""
    changed = dict(roots)
    for part, values in edits.items():
        if not values:
            continue
        entries = {key: write_value(writer, part, key, text) for key, text in values.items()}
        root = view_map(writer, roots, part).update(writer, entries)
        if root is None:
            changed.pop(part, None)
        else:
            changed[part] = root
    return _write_roots(writer, changed), changed


def diff_views(
    reader: ObjectReader, old: Roots, new: Roots, faults: Faults | None = None
) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield (part, key, old value, new value) for every difference.

    With `faults` a value that is stored in another form counts as absent, and is noted there.

    Raises:
        CorruptOperation: a value is stored in another form.
    """

    def read(roots: Roots, part: str, key: str, entry: Entry | None) -> str | None:
        try:
            return _read_value(reader, roots, part, key, entry)
        except CorruptOperation as error:
            if faults is None:
                raise
            faults[part, key] = error.reason if roots is new else ""
            return None

    for part in sorted(set(old) | set(new)):
        if old.get(part) == new.get(part):
            continue
        for key, before, after in view_map(reader, old, part).diff(new.get(part)):
            left, right = read(old, part, key, before), read(new, part, key, after)
            if left != right:
                yield part, key, left, right


def _write_roots(writer: ObjectWriter, roots: Roots) -> TreeId:
    entries = []
    remotes: dict[str, list[TreeEntry]] = {}
    for part, root in roots.items():
        if part.startswith(REMOTES):
            remote, _, name = part[len(REMOTES) :].rpartition("/")
            remotes.setdefault(remote, []).append(TreeEntry(name, TREE, root))
        else:
            entries.append(TreeEntry(part, TREE, root))
    if remotes:
        trees = [TreeEntry(name, TREE, write_tree(writer, e)) for name, e in remotes.items()]
        entries.append(TreeEntry("remotes", TREE, write_tree(writer, trees)))
    return write_tree(writer, entries)


def _write_target(writer: ObjectWriter, text: str) -> Entry:
    if " " not in text:
        return Entry(GITLINK, text)
    terms = [None if term == "-" else term for term in text.split(" ")]
    return Entry(TREE, write_conflict(writer, terms), conflict=True)


def _read_target(reader: ObjectReader, entry: Entry) -> str:
    if entry.conflict:
        return " ".join(term or "-" for term in read_conflict(reader, TreeId(entry.id)))
    if entry.mode != GITLINK or entry.id == NULL_ID:
        raise ValueError("it is not a link to a commit")
    return entry.id


def _read_remote(reader: ObjectReader, entry: Entry) -> str:
    fields = {child.name: child for child in read_tree(reader, TreeId(entry.id))}
    name = "target" if "target" in fields else "conflict"
    if name not in fields:
        raise ValueError("it has neither a target nor a conflict")
    target = Entry(fields[name].mode, fields[name].id, conflict=name == "conflict")
    state = "tracked" if "tracked" in fields else "untracked"
    return f"{state} {_read_target(reader, target)}"


def _write_remote(writer: ObjectWriter, text: str) -> Entry:
    state, _, target = text.partition(" ")
    entry = _write_target(writer, target)
    name = "conflict" if entry.conflict else "target"
    fields = [TreeEntry(name, entry.mode, entry.id)]
    if state == "tracked":
        fields.append(TreeEntry("tracked", FILE, writer.add("blob", b"")))
    return Entry(TREE, write_tree(writer, fields))
