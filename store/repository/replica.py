"""Replicas: the identities of the copies of a repository.

The config records the replica's id, and where it was made: the host's name, the folder's
device and inode. A mirror clone has no record. The record of a folder that was copied with
`cp -r` or restored from a backup does not fit.

    [wajutsu]
        replica = <32 hex digits>
        replicaHost = <name>
        replicaFolder = <device>:<inode>
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple

from store.gitdir.config_file import GitConfig
from store.ids import is_hex


class Replica(NamedTuple):
    """A replica id and where it was made."""

    id: str
    host: str
    folder: str

    def is_at(self, path: str, host: str) -> bool:
        """Tell whether this record was made for the folder at `path` on `host`."""
        return self.host == clean_host(host) and self.folder == _folder(path)

    def config(self) -> dict[str, str]:
        """Return the config keys that record it."""
        return {
            "wajutsu.replica": self.id,
            "wajutsu.replicaHost": self.host,
            "wajutsu.replicaFolder": self.folder,
        }


def read_replica(config: GitConfig) -> Replica | None:
    """Return the replica that a repository's config records, or None."""
    replica_id = config.get("wajutsu.replica", "")
    if len(replica_id) != 32 or not is_hex(replica_id):
        return None
    host = config.get("wajutsu.replicahost", "")
    return Replica(replica_id, host, config.get("wajutsu.replicafolder", ""))


def new_replica(path: str, host: str, random: Callable[[int], bytes]) -> Replica:
    """Make a replica for the folder at `path`, which must exist."""
    return Replica(random(16).hex(), clean_host(host), _folder(path))


def clean_host(host: str) -> str:
    """Return a host name without the characters that a config value cannot hold."""
    return "".join(c for c in host if c.isprintable() and c not in '"\\#;').strip()


def _folder(path: str) -> str:
    stat = os.stat(path)
    return f"{stat.st_dev}:{stat.st_ino}"
