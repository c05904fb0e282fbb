"""Chooses the look of a listing: the template of `-T` or of the settings, else the built-in one."""

from __future__ import annotations

from collections.abc import Mapping

from porcelain.cli.run.context import Context
from porcelain.cli.run.settings import DEFAULTS
from porcelain.language.template.linked import Template

SUBJECTS = {
    "log": "Commit",
    "show": "Commit",
    "commit_summary": "Commit",
    "op_log": "Operation",
    "evolog": "CommitEvolutionEntry",
    "session_list": "SessionEntry",
    "tag_list": "SessionEntry",
    "status": "Status",
    "search": "Message",
    "cat": "Message",
    "commit_line": "Commit",
    "change": "Commit",
}
"""The type of the subjects of each look."""
PARTS = {
    "commit_line": 'format_commit_summary_with_refs(self, "")',
    "change": "format_short_change_id_with_change_offset(self)",
}
"""The looks without a setting; the aliases that they use change them."""


def look_of(context: Context, name: str, text: str | None = None) -> Template:
    """Return the template of a listing: `text` if there is one, else that of `templates.<name>`.

    Raises:
        TemplateSyntaxError: it cannot be understood.
        ConfigError: the configuration is broken.
    """
    aliases: Mapping[str, str] = {}
    if context.settings.is_configured:
        found = context.settings.config.items("template-aliases")
        aliases = {one.name[1]: str(one.value) for one in found}
    if text is None:
        text = PARTS.get(name) or context.settings.text(f"templates.{name}")
        if not aliases and text in (PARTS.get(name), DEFAULTS.get(f"templates.{name}")):
            return built_in(name)
    from porcelain.language.template.built_in import ALIASES
    from porcelain.language.template.evaluate import compile_template
    from porcelain.language.template.keywords import VOCABULARIES

    return compile_template(text, VOCABULARIES[SUBJECTS[name]], {**ALIASES, **aliases})


def built_in(name: str) -> Template:
    """Return the built-in look of a listing."""
    from porcelain.cli.render.looks.recipes import RECIPES

    return Template(RECIPES[name])
