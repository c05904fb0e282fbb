"""Draw docs/pictures/terminal-*.svg: a session in tmux at 60, 80 and 200 columns.

Run with the packages of `make dev-environment` and tmux: python -m scripts.terminal_pictures
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from rich.console import Console
from rich.text import Text

from tests.conftest import sealed_environment
from tests.porcelain.cli.render.terminal import Shell, session
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.exchange.page.stories import retries

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
HEIGHT = 24
SHOWN = {60: ("log",), 80: ("log", "pager", "completion", "editor", "progress"), 200: ("log",)}

# No font from another place: the reader's own, fixed to the width of a cell.
_SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">
<style>
.{unique_id}-matrix {{ font: {char_height}px monospace; white-space: pre; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def drawn(screen: str, width: int) -> str:
    """Return a screen with colour codes as SVG."""
    with open("/dev/null", "w", encoding="utf-8") as nothing:
        console = Console(record=True, width=width, file=nothing)
        for line in screen.rstrip("\n").split("\n"):
            console.print(Text.from_ansi(line), soft_wrap=True)
    return console.export_svg(title="", code_format=_SVG, unique_id="t")


def main() -> None:
    """Play the session at each width, and draw what is shown."""
    for width, names in SHOWN.items():
        with tempfile.TemporaryDirectory() as name, pytest.MonkeyPatch.context() as patch:
            folder = Path(name)
            for key, value in sealed_environment(folder).items():
                patch.setenv(key, value)
            box = Sandbox(folder, patch)
            retries(box)
            editor = "vi -u NONE -c startinsert"
            shell = Shell(folder, width, HEIGHT, {"WJ_REPO": str(box.repo), "WJ_EDITOR": editor})
            try:
                shots = session(shell, folder)
            finally:
                shell.close()
            for shot in names:
                picture = PICTURES / f"terminal-{shot}-{width}.svg"
                picture.write_text(drawn(shots[shot], width), "utf-8")


if __name__ == "__main__":
    main()
