"""Listings of sessions, answered by the index alone, and the fields that they may name.

A field is a member of session documents that an opener of the store has declared. The
repository's config records the fields of all openers, so that a rebuilt index holds
them at once; none is ever dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from store.document.pawan_schema import MESSAGES
from store.errors import FieldError, InvalidRefName, StorageFailure, StoreLocked
from store.ids import EMPTY_TREE, CommitId
from store.index.commit_index import Index
from store.index.tip_rows import AFTER_SESSIONS, rank_of, refresh_tips, value_text
from store.repository.key_name import decode_name, encode_name
from store.repository.ref_name import SESSIONS
from store.repository.repository import Repository
from store.session_store.commit_info import NO_FIELDS, CommitInfo

SHORT = 8
NEWEST = "-time"
_DECODED = json.JSONDecoder().raw_decode
_CONFIG = "wajutsu.fields"
_RESERVED = re.compile("wajutsu_*")
_OPEN = "open the store with fields=({!r}, ...) to list by it"
_TIP = "substr(tips.name, {}), tips.pos, ms, message, headers, fields, tips.problem"
_COMMIT = "commits.id, tree, time, session, model, messages, commits.problem"
_NAMED = (
    "tips.name >= ? AND tips.name < ? "
    "AND EXISTS (SELECT 1 FROM refs WHERE refs.name = tips.name AND refs.pos IS NOT NULL)"
)
_WITH = "tips.name IN (SELECT name FROM tip_fields WHERE key = ? AND value = ?)"
_WITHOUT = "tips.name NOT IN (SELECT name FROM tip_fields WHERE key = ? AND value <> 'null')"
_EMPTY = bytes.fromhex(EMPTY_TREE)
_LAST = chr(0x10FFFF)  # no name holds it


class Listing(NamedTuple):
    """The arguments of `SessionReader.sessions`."""

    limit: int | None
    prefix: str
    where: Mapping[str, object]
    order: str
    after: CommitInfo | None


def declare(repository: Repository, fields: Sequence[str]) -> tuple[str, ...]:
    """Return the fields of an opener, recorded with those of all others if they are new.

    A repository that cannot be written is used without the record.

    Raises:
        FieldError: a text in place of a sequence, or a member that is no field.
    """
    if isinstance(fields, str):
        raise FieldError(fields, "fields are a sequence of names", f"pass ({fields!r},)")
    for field in fields:
        if field == MESSAGES or _RESERVED.fullmatch(field):
            raise FieldError(field, "it is no member of the header", "name another member")
    missing = {*fields} - {*recorded_fields(repository)}
    if missing:
        with suppress(StorageFailure, StoreLocked):
            repository.change_config(
                _CONFIG, lambda text: encode_name(*sorted({*_read(text), *fields}))
            )
    return tuple(fields)


def recorded_fields(repository: Repository) -> tuple[str, ...]:
    """Return the fields that the repository's config records."""
    return _read(repository.config.get(_CONFIG, ""))


def list_tips(index: Index, fields: Sequence[str], listing: Listing) -> list[CommitInfo]:
    """Return the tips that a listing asks for, in its order.

    Raises:
        FieldError: it names a field that is none of `fields`.
    """
    for field in listing.where:
        _check(field, fields)
    sql, arguments = _query(listing, fields)
    refresh_tips(index, {*fields, *recorded_fields(index.repository)})
    rows = index.query(sql, arguments)
    lengths = index.shared_lengths([row[1] for row in rows])
    parents = _parents(index, [row[1] for row in rows])
    return [_info(row, lengths.get(row[1], 0), parents.get(row[1], ()), fields) for row in rows]


def _info(
    row: Sequence[Any], shared: int, parents: tuple[CommitId, ...], fields: Sequence[str]
) -> CommitInfo:
    name, _, ms, message, headers, kept, unread, commit, tree, time, session, model, *rest = row
    commit_id = CommitId(commit.hex())
    return CommitInfo(
        commit_id,
        commit_id[: max(SHORT, shared + 1)],
        name,
        name if tree == _EMPTY else session or "",
        _headers(headers),
        message,
        time,
        rest[0] or 0,
        model or "",
        parents,
        unread or rest[1] or "",
        ms,
        _chosen(kept, fields),
    )


def _query(listing: Listing, fields: Sequence[str]) -> tuple[str, list[Any]]:
    name, after = SESSIONS + listing.prefix, listing.after
    direction, sign = ("DESC", "<") if listing.order[:1] == "-" else ("ASC", ">")
    by = listing.order.removeprefix("-")
    source, keys, wanted = "tips", ("tips.ms", "tips.id"), [_NAMED]
    arguments: list[Any] = []
    at: tuple[Any, ...] = (after.timestamp_ms, after.id) if after else ()
    if by == "name":
        keys = ("tips.name", "tips.name")
        at = (SESSIONS + (after.name or ""),) * 2 if after else ()
    elif by != "time":
        _check(by, fields)
        source = "tips LEFT JOIN tip_fields AS own INDEXED BY tip_fields_name ON own.name = tips.name AND own.key = ?"
        keys = ("own.rank IS NOT NULL", "coalesce(own.rank, 0)")
        arguments.append(by)
        rank = rank_of(after.fields.get(by)) if after else None
        at = (rank is not None, 0 if rank is None else rank)
    elif not listing.prefix and not listing.where:
        source = "tips INDEXED BY tips_ms"  # sqlite would sort them all
    arguments += [name, name + _LAST if listing.prefix else AFTER_SESSIONS]
    for field, value in listing.where.items():
        wanted.append(_WITHOUT if value is None else _WITH)
        arguments += [field] if value is None else [field, value_text(value)]
    if after is not None:
        wanted.append(
            f"(({', '.join(keys)}) {sign} (?, ?) "
            f"OR (({', '.join(keys)}) = (?, ?) AND tips.name > ?))"
        )
        arguments += [*at, *at, SESSIONS + (after.name or "")]
    order = ", ".join(f"{key} {direction}" for key in keys)
    sql = (
        f"SELECT {_TIP.format(len(SESSIONS) + 1)}, {_COMMIT} "
        f"FROM {source} JOIN commits ON commits.pos = tips.pos WHERE {' AND '.join(wanted)} "
        f"ORDER BY {order}, tips.name LIMIT ?"
    )
    return sql, [*arguments, -1 if listing.limit is None else listing.limit]


def _parents(index: Index, positions: Sequence[int]) -> dict[int, tuple[CommitId, ...]]:
    sql = (
        "SELECT child, id FROM edges JOIN commits ON commits.pos = edges.parent "
        "WHERE child IN ({}) ORDER BY child, ord"
    )
    found: dict[int, tuple[CommitId, ...]] = {}
    for child, parent in index.query_among(sql, positions):
        found[child] = (*found.get(child, ()), CommitId(parent.hex()))
    return found


def _headers(text: str) -> tuple[tuple[str, str], ...]:
    return () if text == "[]" else tuple((key, value) for key, value in json.loads(text))


def _chosen(text: str, fields: Sequence[str]) -> Mapping[str, object]:
    if not fields or text == "{}":
        return NO_FIELDS
    values = _DECODED(text)[0]  # `json.loads` looks for white space, of which there is none
    return {field: values[field] for field in fields if field in values}


def _check(field: str, fields: Sequence[str]) -> None:
    if field not in fields:
        raise FieldError(field, "the store was not opened with it", _OPEN.format(field))


def _read(text: str) -> tuple[str, ...]:
    try:
        return decode_name(text)
    except InvalidRefName:
        return ()
