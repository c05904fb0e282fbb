"""The remotes of a repository, in its git config as `git remote` keeps them."""

from __future__ import annotations

import re
from typing import NamedTuple

from store.errors import GitMissing, RemoteFailure
from store.gitdir.git_process import check_config, run_git
from store.ids import CommitId, RefName
from store.remote.url import check_url
from store.repository.ref_name import check_ref_name
from store.repository.ref_read import read_ref
from store.repository.ref_update import Expect, RefEdit, update_possible_refs
from store.repository.repository import Repository

_FETCH = "+refs/sessions/*:refs/remotes/{}/sessions/*"
_FORBIDDEN = re.compile(r'[\s"\\\]/]|^-')
RESERVED = "git"
"""The name that stands for the refs of the repository itself."""


class Remote(NamedTuple):
    """A remote: where it is fetched from, and where it is pushed to."""

    name: str
    url: str
    push_url: str


def list_remotes(repository: Repository) -> list[Remote]:
    """Return the remotes by name; one without a URL is left out."""
    found = []
    for key, url in repository.config.items():
        if key.startswith("remote.") and key.endswith(".url") and url:
            name = key[len("remote.") : -len(".url")]
            push = repository.config.get(f"remote.{name}.pushurl") or url
            found.append(Remote(name, url, push))
    return sorted(found)


def add_remote(repository: Repository, name: str, url: str, push_url: str = "") -> None:
    """Add a remote.

    Raises:
        RemoteFailure: the name is in use or cannot be used, or the URL cannot.
        StoreLocked, StorageFailure: nothing is changed.
    """
    check_remote_name(name)
    values = {f"remote.{name}.url": check_url(url), f"remote.{name}.fetch": _FETCH.format(name)}
    if push_url:
        values[f"remote.{name}.pushurl"] = check_url(push_url)
    with repository.locked():
        _refuse_existing(repository, name)
        repository.set_config(values)


def set_url(
    repository: Repository, name: str, url: str | None, push_url: str | None = None
) -> None:
    """Change where a remote is fetched from, pushed to, or both.

    Raises:
        RemoteFailure: there is no such remote, or the URL cannot be used.
        StoreLocked, StorageFailure: nothing is changed.
    """
    with repository.locked():
        _require(repository, name)
        values = {}
        if url is not None:
            values[f"remote.{name}.url"] = check_url(url)
        if push_url is not None:
            values[f"remote.{name}.pushurl"] = check_url(push_url)
        repository.set_config(values)
        _move_known_head(repository, name, "")


def remove_remote(repository: Repository, name: str) -> None:
    """Remove a remote from the config.

    Raises:
        RemoteFailure: there is no such remote, or git cannot change the config.
    """
    with repository.locked():
        _require(repository, name)
        _edit_sections(repository, "--remove-section", f"remote.{name}")
        _move_known_head(repository, name, "")


def rename_remote(repository: Repository, old: str, new: str) -> None:
    """Give a remote another name in the config.

    Raises:
        RemoteFailure: there is no such remote, or the name cannot be used.
    """
    check_remote_name(new)
    with repository.locked():
        _require(repository, old)
        _refuse_existing(repository, new)
        _edit_sections(repository, "--rename-section", f"remote.{old}", f"remote.{new}")
        repository.set_config({f"remote.{new}.fetch": _FETCH.format(new)})
        _move_known_head(repository, old, new)


def check_remote_name(name: str) -> None:
    """Make sure that a remote may have a name.

    Raises:
        RemoteFailure, InvalidRefName: it breaks a rule.
    """
    if name == RESERVED:
        raise RemoteFailure("", f"`{RESERVED}` is the name of this repository's own refs")
    if not name or _FORBIDDEN.search(name):
        raise RemoteFailure(
            "",
            f"{ascii(name)} cannot be the name of a remote",
            "a name has no slash, quotation mark or space, and does not begin with `-`",
        )
    check_ref_name(f"refs/remotes/{name}/sessions/x")


def _refuse_existing(repository: Repository, name: str) -> None:
    if any(one.name.lower() == name.lower() for one in list_remotes(repository)):
        raise RemoteFailure("", f"a remote named {name} already exists")


def _require(repository: Repository, name: str) -> None:
    if not any(one.name == name for one in list_remotes(repository)):
        raise RemoteFailure("", f"there is no remote named {name}", "`wj git remote list`")


def head_ref(name: str) -> RefName:
    """Return the ref that notes the newest operation which a remote is known to have."""
    return RefName(f"refs/wj/remotes/{name}/op")


def _move_known_head(repository: Repository, old: str, new: str) -> None:
    """Note what is known of a remote under its new name; forget it where `new` is ""."""
    found = read_ref(repository, head_ref(old))
    if found is None:
        return
    if new:
        made = RefEdit(head_ref(new), CommitId(found), Expect.ANY)
        update_possible_refs(repository, [made])
    update_possible_refs(repository, [RefEdit(head_ref(old), None, Expect.ANY)])


def _edit_sections(repository: Repository, *words: str) -> None:
    check_config(repository.path)
    done = run_git(repository.path, ("config", "--file", f"{repository.path}/config", *words))
    if done is None:
        raise GitMissing
    if done.returncode:
        raise RemoteFailure("", done.stderr.decode("utf-8", "replace").strip())
    repository.reload_config()
