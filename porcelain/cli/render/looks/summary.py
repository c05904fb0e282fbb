"""Commits in one line, as messages, `status` and the operation log show them."""

from __future__ import annotations

from porcelain.cli.render.commit import Commits
from porcelain.cli.render.looks.look import built_in, look_of
from porcelain.cli.render.terms.commit_terms import CommitTerms, terms_at
from porcelain.cli.run.colors import Piece
from porcelain.cli.run.context import Context
from porcelain.language.template.linked import Template
from porcelain.repo.reader import RepoReader


class ShownCommits(Commits):
    """Commits that can be shown in one line by the looks that the user chose."""

    def __init__(self, context: Context, repo: RepoReader | None = None) -> None:
        """Look nothing up yet; `repo` is the present state unless it is given."""
        super().__init__(repo or context.reader)
        self.context = context
        self._looks: dict[str, Template] = {}

    def summary(self, position: int) -> list[Piece]:
        """Return the line that shows a commit in messages and in `status`."""
        return self._shown("commit_summary", position)

    def change(self, position: int) -> list[Piece]:
        """Return a commit's change id, shortened, with the prefix that names it apart."""
        return self._shown("change", position)

    def named(self, commit_id: str) -> list[Piece]:
        """Return the line that shows a commit, without names; it may be unknown to the index."""
        return self._look("commit_line").render(terms_at(self.context, self, commit_id))

    def line(self, position: int) -> str:
        """Return the summary as plain text."""
        return "".join(text for _, text in self.summary(position))

    def _shown(self, name: str, position: int) -> list[Piece]:
        return self._look(name).render(CommitTerms(self.context, self, position))

    def _look(self, name: str) -> Template:
        """Return a look; the built-in one where the user's is faulty.

        A command may have changed something before it shows a commit, so this is no reason to fail.
        """
        if name not in self._looks:
            own = self.context.settings.is_configured
            self._looks[name] = self._chosen(name) if own else built_in(name)
        return self._looks[name]

    def _chosen(self, name: str) -> Template:
        from porcelain.errors import TemplateSyntaxError

        try:
            return look_of(self.context, name)
        except TemplateSyntaxError as error:
            self.context.output.warning(f"The look of commits is faulty: {error}")
            return built_in(name)
