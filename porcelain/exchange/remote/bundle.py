"""Bundles: sessions, and on demand the operation log, carried by hand to another repository."""

from __future__ import annotations

from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.exchange.remote.place import PARTS, Name, Place
from porcelain.exchange.remote.push_names import Scan, refuse_secrets
from porcelain.exchange.remote.sync import take
from porcelain.index.exported_refs import exported_values
from porcelain.index.view_rows import part_rows
from porcelain.model.operation_store import OPERATION_REF
from porcelain.repo.join_logs import Joined
from porcelain.repo.repo import Repo
from store.ids import CommitId, RefName
from store.remote.bundle import create_bundle
from store.remote.fetch import Source
from store.remote.remotes import Remote

BUNDLE = "bundle"


class Packed(NamedTuple):
    """The names in a bundle."""

    names: tuple[Name, ...]


def pack(repo: Repo, path: str, wanted: list[Name], *, log: bool, scan: Scan | None) -> Packed:
    """Write sessions and tags into a bundle: those that are wanted, or all; with `log` everything.

    Raises:
        Refused: a secret would be in it.
        RemoteFailure, StorageFailure: it cannot be written.
    """
    every = [(part, name) for part in PARTS for name, _ in part_rows(repo.index, part)]
    names = exported_values(repo.index, wanted or every)
    tips = {name: commit for name, commit in names.items() if commit is not None}
    if scan is not None:
        index = repo.index
        reached = index.reach(index.positions(tips.values()).values()) - {0}
        commits = [index.row_at(position).id for position in sorted(reached)]
        refuse_secrets(scan(_all_commits(repo) if log else commits))
    refs = [RefName(f"refs/{part}/{name}") for part, name in sorted(tips)]
    create_bundle(repo.repository, path, [*refs, *([OPERATION_REF] if log else ())])
    return Packed(tuple(sorted(tips)))


def _all_commits(repo: Repo) -> list[CommitId]:
    rows = repo.index.query("SELECT lower(hex(id)) FROM commits WHERE pos > 0 ORDER BY pos")
    return [CommitId(row[0]) for row in rows]


def unpack(repo: Repo, path: str, source: Source) -> Joined:
    """Merge the sessions of a bundle, and its operation log if it has one, into the repository.

    Raises:
        Refused, RemoteFailure: it is no bundle, or it has nothing of ours.
        CorruptOperation: its log does not hold; nothing is changed.
    """
    place = Place(Remote(BUNDLE, path, path), "", source, source)
    refs = place.refs(repo.repository)
    if not refs:
        raise Refused("The bundle has no sessions, tags or operation log", code="empty_bundle")
    return take(repo, place, refs, "bundle apply")
