"""Views: the complete state after an operation, as maps in git trees.

A view has a few *parts*. Each is a fan-out map, so that changing one name writes a few small
objects, whatever the number of names. An empty part has no tree.

    heads/                       commit id -> gitlink to it
    sessions/  tags/             name -> gitlink, or a conflict under `!`
    workspaces/                  <replica>/<name> -> blob, JSON {"commit", "session"}
    imports/                     <format>:<native id> -> blob, JSON, see `ImportEntry`
    remotes/<remote>/sessions/   name -> tree {"target" gitlink or "conflict" tree,
    remotes/<remote>/tags/                     "tracked" empty blob if tracked}

`porcelain.model.view_value` describes the values in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from porcelain.model.view_value import HEADS, REMOTES, SESSIONS, TAGS
from store.ids import TreeId
from store.objects.fanout import FanOutMap, read_conflict, write_conflict
from store.objects.fanout_codec import Entry
from store.objects.objects import ObjectReader, ObjectWriter
from store.objects.tree import FILE, GITLINK, TREE, TreeEntry, read_tree, write_tree

Roots = Mapping[str, TreeId]
Edits = dict[str, dict[str, str | None]]


def view_map(reader: ObjectReader, roots: Roots, part: str) -> FanOutMap:
    """Return the map that holds a part."""
    return FanOutMap(reader, roots.get(part), hashed=part != HEADS)  # heads are ids already


def read_value(reader: ObjectReader, part: str, entry: Entry | None) -> str | None:
    """Return the text form of a stored value."""
    if entry is None:
        return None
    if part == HEADS:
        return ""
    if part in (SESSIONS, TAGS):
        if not entry.conflict:
            return entry.id
        terms = read_conflict(reader, TreeId(entry.id))
        return " ".join(term or "-" for term in terms)
    if part.startswith(REMOTES):
        return _read_remote(reader, entry)
    return reader.read(entry.id)[1].decode("utf-8")


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


def read_roots(reader: ObjectReader, view_tree: TreeId | None) -> dict[str, TreeId]:
    """Return the parts of a view tree, remotes flattened to `remotes/<name>/<part>`."""
    roots: dict[str, TreeId] = {}
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
    reader: ObjectReader, old: Roots, new: Roots
) -> Iterator[tuple[str, str, str | None, str | None]]:
    """Yield (part, key, old value, new value) for every difference."""
    for part in sorted(set(old) | set(new)):
        if old.get(part) == new.get(part):
            continue
        for key, before, after in view_map(reader, old, part).diff(new.get(part)):
            left, right = read_value(reader, part, before), read_value(reader, part, after)
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


def _read_remote(reader: ObjectReader, entry: Entry) -> str:
    fields = {child.name: child.id for child in read_tree(reader, TreeId(entry.id))}
    state = "tracked" if "tracked" in fields else "untracked"
    if "target" in fields:
        return f"{state} {fields['target']}"
    terms = read_conflict(reader, TreeId(fields["conflict"]))
    return f"{state} " + " ".join(term or "-" for term in terms)


def _write_remote(writer: ObjectWriter, text: str) -> Entry:
    state, _, target = text.partition(" ")
    entry = _write_target(writer, target)
    name = "conflict" if entry.conflict else "target"
    fields = [TreeEntry(name, entry.mode, entry.id)]
    if state == "tracked":
        fields.append(TreeEntry("tracked", FILE, writer.add("blob", b"")))
    return Entry(TREE, write_tree(writer, fields))
