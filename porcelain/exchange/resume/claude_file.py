"""Write a conversation as a new session file of Claude Code.

Measured with the agent: it takes a file by its name, follows `parentUuid` from the row that the
last `last-prompt` row names, and appends without looking whether the file ends in a newline. Rows
keep their ids, as in the agent's own forks, and their text, but for the members named here.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

from porcelain.display import counted, plain
from porcelain.exchange.agents.claude_folder import LONGEST, claude_folder, existing_folder
from porcelain.exchange.resume.claude_cut import resumable_rows
from porcelain.exchange.resume.claude_rows import (
    LAST_PROMPT,
    ClaudeRow,
    Value,
    is_main,
    live_line,
    read_rows,
    text_of,
)
from porcelain.exchange.resume.resumed import Resumed, Wanted, Writer, said
from porcelain.exchange.resume.row_members import with_members
from porcelain.transcript.claude.claude_code import SUFFIX, read_row
from porcelain.transcript.row import first_line
from store.document.json_scanner import write_value
from store.session.session import Session

_TITLES = ("custom-title", "ai-title", "agent-name", "tag")
_BOUNDARY = "compact_boundary"
_LONGEST_PROMPT = 200
_NAMED_FOLDERS = 20


def write(wanted: Wanted) -> Resumed:
    """Return the file; see `Writer`."""
    rows = list(read_rows(message.raw for message in wanted.session.messages))
    kept, left_out = resumable_rows(rows, wanted.edited)
    changes: list[Value] = [{"sessionId": wanted.native_id} for _ in kept]
    remarks = [f"Left out: {said(left_out)}"] if left_out else []
    remarks += _set_surroundings(kept, changes, wanted)
    linked = _set_links(rows, kept, changes, wanted)
    if linked:
        remarks.append(f"{counted(linked, 'row')} linked to the row before, so none is passed by")
    lines = [_changed(rows[row.place], row, more) for row, more in zip(kept, changes, strict=True)]
    places: list[int | None] = [row.place for row in kept]
    for row in _titles(rows):
        lines.append(with_members(row.raw, {"sessionId": wanted.native_id}))
        places.append(row.place)
    if kept:
        leaf = changes[-1].get("uuid", kept[-1].uuid)
        lines.append(_last_prompt(kept, leaf, wanted.native_id))
        places.append(None)
    return Resumed(b"".join(line + b"\n" for line in lines), tuple(places), tuple(remarks))


def messages(data: bytes) -> Sequence[object] | None:
    """Return the messages that the agent sends when it resumes a file."""
    if not data.endswith(b"\n"):
        return None  # the agent would append to the last row
    line = live_line(list(read_rows(data.splitlines())))
    return [(row.kind, row.value.get("message")) for row in line if row.is_message]


def projects(session: Session) -> Sequence[str]:
    """Return the project folders of a conversation: first that in which it began."""
    found: dict[str, None] = {}
    for row in read_rows(message.raw for message in session.messages):
        folder = text_of(row.value, "cwd") if is_main(row) else None
        if folder and os.path.isabs(folder) and folder.isprintable():
            found[folder] = None
            if len(found) == _NAMED_FOLDERS:
                break
    return tuple(found)


def place(folder: str, native_id: str, project: str, _now: str) -> str:
    """Return the path of a session's file."""
    return os.path.join(existing_folder(folder, claude_folder(project)), f"{native_id}{SUFFIX}")


def handle(path: str) -> str:
    """Return the session's id; the path, where the agent may look in another folder for it."""
    folder, name = os.path.split(path)
    is_cut = len(os.path.basename(folder)) > LONGEST
    return path if is_cut else name.removesuffix(SUFFIX)


def _set_surroundings(
    kept: Sequence[ClaudeRow], changes: Sequence[Value], wanted: Wanted
) -> list[str]:
    """Put the rows into the folder and branch of the new session; return remarks."""
    remarks = []
    first = next((f for row in kept if (f := text_of(row.value, "cwd"))), wanted.project)
    branch = next((b for row in reversed(kept) if (b := text_of(row.value, "gitBranch"))), "")
    for row, more in zip(kept, changes, strict=True):
        folder = text_of(row.value, "cwd")
        if folder is None or first != wanted.project:
            more["cwd"] = _moved(folder or first, first, wanted.project)
        if wanted.branch and text_of(row.value, "gitBranch") != wanted.branch != branch:
            more["gitBranch"] = wanted.branch
        if text_of(row.value, "timestamp") is None:
            more["timestamp"] = wanted.now  # without times the agent finds no conversation
    if first != wanted.project:
        there, here = plain(first, None), plain(wanted.project, None)
        remarks.append(f"Working folder is {here} instead of {there}")
    if wanted.branch and branch and wanted.branch != branch:
        remarks.append(f"Git branch is {plain(wanted.branch)} instead of {plain(branch)}")
    return remarks


def _moved(folder: str, old: str, new: str) -> str:
    """Return a folder's path after its project moved."""
    if folder == old or folder.startswith(f"{old}/"):
        return new + folder[len(old) :]
    return folder


def _set_links(
    rows: Sequence[ClaudeRow], kept: Sequence[ClaudeRow], changes: Sequence[Value], wanted: Wanted
) -> int:
    """Make one chain of the rows; return how many had to be linked to the row before them.

    A row keeps its parent if the agent then reaches every message, else each row continues the
    one before it. A compaction has no parent: the agent begins there.
    """
    repeated = _set_ids(kept, changes, wanted.native_id)
    parents = {row.uuid: text_of(row.value, "parentUuid") for row in rows}
    known: set[str | None] = set()
    loose = 0
    last: str | None = None
    for row, more in zip(kept, changes, strict=True):
        parent = text_of(row.value, "parentUuid")
        found = _kept_ancestor(parent, known, parents)
        if found is None and last is not None and not _begins(row):
            found, loose = last, loose + 1
        if found != parent:
            more["parentUuid"] = found
        last = row.uuid
        known.add(last)
    if not repeated and _is_whole(kept, changes):
        return loose
    count = 0
    last = None
    for row, more in zip(kept, changes, strict=True):
        parent = None if _begins(row) else last
        count += more.get("parentUuid", text_of(row.value, "parentUuid")) != parent
        more["parentUuid"] = parent
        last = more.get("uuid", row.uuid)
    return count


def _set_ids(kept: Sequence[ClaudeRow], changes: Sequence[Value], native_id: str) -> bool:
    """Give a new id to each row whose id another row has already; tell whether there was one."""
    seen: set[str | None] = set()
    repeated = False
    for row, more in zip(kept, changes, strict=True):
        if row.uuid in seen:
            repeated = True
            more["uuid"] = _derived_uuid(native_id, row.place)
        seen.add(row.uuid)
    return repeated


def _derived_uuid(native_id: str, place: int) -> str:
    """Return a UUID that follows from the file's id and a place in the conversation."""
    raw = bytearray(hashlib.sha256(f"{native_id} {place}".encode()).digest()[:16])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def _kept_ancestor(
    parent: str | None, known: set[str | None], parents: dict[str | None, str | None]
) -> str | None:
    """Return the nearest ancestor that is in the file."""
    seen: set[str | None] = set()
    while parent is not None and parent not in known and parent not in seen:
        seen.add(parent)
        parent = parents.get(parent)
    return parent if parent in known else None


def _begins(row: ClaudeRow) -> bool:
    """Tell whether a row is a compaction, with which the context begins again."""
    return text_of(row.value, "subtype") == _BOUNDARY and not row.value.get("parentUuid")


def _is_whole(kept: Sequence[ClaudeRow], changes: Sequence[Value]) -> bool:
    """Tell whether the agent reaches every message since the last compaction."""
    linked = [
        row._replace(value={**row.value, **more}) for row, more in zip(kept, changes, strict=True)
    ]
    starts = [place for place, row in enumerate(linked) if _begins(row)]
    since = linked[starts[-1] :] if starts else linked
    reached = {row.place for row in live_line(linked)}
    return all(row.place in reached for row in since if row.is_message)


def _changed(before: ClaudeRow, row: ClaudeRow, more: Value) -> bytes:
    if row.value is not before.value:
        more = {"message": row.value["message"], **more}
    same = {key for key, value in more.items() if key in row.value and row.value[key] == value}
    needed = {key: value for key, value in more.items() if key not in same or key == "message"}
    return with_members(row.raw, needed) if needed else row.raw


def _titles(rows: Sequence[ClaudeRow]) -> list[ClaudeRow]:
    """Return the newest row of each kind that titles the session."""
    newest = {row.kind: row for row in rows if row.kind in _TITLES and row.uuid is None}
    return sorted(newest.values())


def _last_prompt(kept: Sequence[ClaudeRow], leaf: str | None, native_id: str) -> bytes:
    """Return the row that makes a row the end of the line."""
    texts = (row.title for one in reversed(kept) if (row := read_row(one.raw)).prompt)
    prompt = first_line(next(texts, ""))[:_LONGEST_PROMPT]
    made = {"type": LAST_PROMPT, "lastPrompt": prompt, "leafUuid": leaf, "sessionId": native_id}
    return write_value(made).encode()


WRITER = Writer(write, messages, place, projects, handle, cuts=True)
