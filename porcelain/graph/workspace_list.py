"""Lists of workspaces: this copy's, and those of other copies as `name@host`.

FAST: nothing here loads libgit2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from porcelain.index.view_rows import workspace_rows

if TYPE_CHECKING:
    from porcelain.model.view_value import Workspace
    from store.index.commit_index import Index


class Listed(NamedTuple):
    """A workspace as it is listed; `host` is None for those of this copy."""

    name: str
    host: str | None
    place: Workspace

    @property
    def shown(self) -> str:
        """The name, followed by the host if it belongs to another copy."""
        return self.name if self.host is None else f"{self.name}@{self.host}"


def list_workspaces(index: Index, replica: str) -> list[Listed]:
    """Return this copy's workspaces by name, then those of other copies by host and name."""
    own: list[Listed] = []
    others: list[Listed] = []
    hosts: dict[str, str] = {}
    for key, place in workspace_rows(index, "").items():
        owner, _, name = key.partition("/")
        if owner == replica:
            own.append(Listed(name, None, place))
            continue
        if owner not in hosts:
            hosts[owner] = _free_host(_host_of(index, owner), owner, hosts)
        others.append(Listed(name, hosts[owner], place))
    return own + sorted(others, key=lambda one: (one.host or "", one.name))


def shown_name(index: Index, replica: str, key: str) -> str:
    """Return the name under which a copy shows the present or former workspace of a key."""
    owner, _, name = key.partition("/")
    return name if owner == replica else f"{name}@{_host_of(index, owner)}"


def _host_of(index: Index, replica: str) -> str:
    """Return the host that a replica last wrote on."""
    rows = index.query(
        "SELECT data FROM operations WHERE replica = ? AND workspace IS NOT NULL "
        "ORDER BY seq DESC LIMIT 1",
        (replica,),
    )
    import json

    host = json.loads(rows[0][0])["host"] if rows else ""
    return host or replica[:8]


def _free_host(host: str, replica: str, taken: dict[str, str]) -> str:
    """Return a host's name that is not used for another copy."""
    return f"{host}-{replica[:6]}" if host in taken.values() else host
