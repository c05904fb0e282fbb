"""Sessions and tags as templates see them."""

from __future__ import annotations

from collections.abc import Callable

from porcelain.cli.colors import Piece
from porcelain.cli.context import Context
from porcelain.cli.listing import CommitTerms
from porcelain.name_list import Listed, RemoteName, remote_names
from porcelain.repo_reader import RepoReader
from porcelain.template import CommitSubject, compile_template
from porcelain.template.name import NAME_VOCABULARY
from porcelain.template.value import RenderFault
from porcelain.view_rows import get_row


class NameTerms:
    """One name, local or a remote's, as templates see it."""

    def __init__(self, repo: RepoReader, part: str, listed: Listed) -> None:
        """Look nothing up yet; a tracked remote name comes as an entry of its own."""
        self._repo = repo
        self._part = part
        self._listed = listed
        self.name = listed.name
        self.remote = listed.remote or ""

    @property
    def is_present(self) -> bool:
        """Whether it points anywhere."""
        return self._listed.target is not None

    @property
    def is_conflicted(self) -> bool:
        """Whether it points to several commits."""
        return " " in (self._listed.target or "")

    @property
    def is_tracked(self) -> bool:
        """Whether it is a remote's that is tracked."""
        return any(one.tracked for one in self._remotes() if one.remote == self.remote)

    @property
    def is_synced(self) -> bool:
        """Whether it is where all that it is tied to are."""
        if self.remote:
            here = get_row(self._repo.index, self._part, self.name)
            return self.is_tracked and here == self._listed.target
        return all(one.target == self._listed.target for one in self._remotes() if one.tracked)

    def commit(self) -> CommitSubject:
        """Return the one commit that it points to.

        Raises:
            RenderFault: there is none, or several.
        """
        target = self._listed.target
        position = None
        if target is not None and not self.is_conflicted:
            position = self._repo.index.position(target)
        if position is None:
            raise RenderFault("No Commit available")
        return CommitTerms(self._repo, position)

    def _remotes(self) -> list[RemoteName]:
        return remote_names(self._repo.index, self._part, self.name)


def by_template(context: Context, part: str, template: str) -> Callable[[Listed], list[Piece]]:
    """Return what shows an entry, and the remotes' below it, by a template.

    Raises:
        TemplateSyntaxError: the template cannot be understood.
    """
    compiled = compile_template(template, NAME_VOCABULARY)
    repo, label = context.reader, f"{part.removesuffix('s')}_list"

    def show(item: Listed) -> list[Piece]:
        below = [Listed(one.name, one.target, one.remote, ()) for one in item.below]
        return [
            (" ".join(piece.labels), context.output.safe(piece.text))
            for one in (item, *below)
            for piece in compiled.render(NameTerms(repo, part, one), (label,))
        ]

    return show
