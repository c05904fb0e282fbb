"""A remote as a place of names: which of its refs are sessions and tags, and which is its log.

    namespace ""    refs/sessions/*             refs/tags/*             refs/wj/op
    namespace "wj"  refs/heads/wj/sessions/*    refs/heads/wj/tags/*    refs/heads/wj/op

Some hosts take only branches; a namespace puts everything there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from porcelain.errors import Refused
from porcelain.model.operation_store import OPERATION_REF
from porcelain.model.view_value import SESSIONS, TAGS
from store.errors import InvalidRefName
from store.ids import CommitId, RefName
from store.remote.fetch import RemoteRef, Source, remote_refs
from store.remote.remotes import Remote, head_ref
from store.repository.ref_name import check_ref_name
from store.repository.repository import Repository

PARTS = (SESSIONS, TAGS)
Name = tuple[str, str]
"""Part and name."""


class Place(NamedTuple):
    """A remote, the namespace of its refs, and how it is reached."""

    remote: Remote
    namespace: str
    source: Source
    """Fetches from there."""
    target: Source
    """Pushes to there."""

    @property
    def name(self) -> str:
        """The name of the remote."""
        return self.remote.name

    @property
    def operation_ref(self) -> str:
        """The ref of the newest operation there."""
        return f"refs/heads/{self.namespace}/op" if self.namespace else OPERATION_REF

    @property
    def tracking_ref(self) -> RefName:
        """The ref here that keeps the newest operation that was seen there."""
        return head_ref(self.name)

    def ref(self, part: str, name: str) -> str:
        """Return the ref of a name."""
        return f"{self._folder(part)}{name}"

    def names(self, refs: Mapping[str, RemoteRef]) -> dict[Name, RemoteRef]:
        """Return the sessions and tags among refs of the remote."""
        found: dict[Name, RemoteRef] = {}
        for part in PARTS:
            folder = self._folder(part)
            for ref, value in refs.items():
                if ref.startswith(folder) and len(ref) > len(folder):
                    found[part, ref[len(folder) :]] = value
        return found

    def refs(self, repository: Repository) -> dict[str, RemoteRef]:
        """Return the refs of the remote that mean anything here.

        Raises:
            RemoteFailure: it cannot be reached, refuses, or lists too much.
        """
        patterns = [f"{self._folder(part)}*" for part in PARTS]
        return remote_refs(repository, self.source, [*patterns, self.operation_ref])

    def _folder(self, part: str) -> str:
        return f"refs/heads/{self.namespace}/{part}/" if self.namespace else f"refs/{part}/"


def check_namespace(namespace: str) -> str:
    """Return a namespace that refs can have.

    Raises:
        Refused: git does not allow such refs.
    """
    if namespace:
        try:
            check_ref_name(f"refs/heads/{namespace}/op")
        except InvalidRefName as error:
            raise Refused(f"git.namespace: {error.reason}", code="namespace") from error
    return namespace


def commits_of(names: Mapping[Name, RemoteRef]) -> dict[Name, CommitId]:
    """Return the objects that names lead to, which should be commits."""
    return {name: CommitId(value.peeled) for name, value in names.items()}
