"""Compiles the built-in looks, which are templates, to `porcelain/cli/render/looks/recipes.py`.

`make docs` runs it after a change of `texts.py` or of the language; with `--check` it writes
nothing and fails where the file is stale.
"""

from __future__ import annotations

import sys
from pathlib import Path
from pprint import pformat

from porcelain.cli.render.looks.look import PARTS, SUBJECTS
from porcelain.cli.run.settings import DEFAULTS
from porcelain.language.template.built_in import ALIASES
from porcelain.language.template.evaluate import recipe_of
from porcelain.language.template.keywords import VOCABULARIES

PATH = Path(__file__).parents[1] / "porcelain" / "cli" / "render" / "looks" / "recipes.py"
_HEAD = '''\
"""The built-in looks, compiled. Written by `scripts/write_looks.py`; not to be edited."""

# fmt: off

from __future__ import annotations

from typing import Any

RECIPES: dict[str, tuple[Any, ...]] = {
'''


def written() -> str:
    """Return the text of the module."""
    lines = [_HEAD]
    for name, kind in SUBJECTS.items():
        text = PARTS.get(name) or DEFAULTS.get(f"templates.{name}")
        if text is not None:
            recipe = recipe_of(text, VOCABULARIES[kind], ALIASES)
            shown = pformat(recipe, width=10_000, compact=True)
            lines.append(f"    {name!r}: {shown},\n")
    return "".join([*lines, "}\n"])


def main(arguments: list[str]) -> int:
    """Write the module, or check it; return the exit code."""
    text = written()
    if PATH.exists() and PATH.read_text(encoding="utf-8") == text:
        return 0
    if arguments == ["--check"]:
        sys.stderr.write("stale: recipes.py; run `make docs`\n")
        return 1
    PATH.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
