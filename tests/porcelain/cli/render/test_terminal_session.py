"""A session in a real terminal at 60, 80 and 200 columns: log, pager, TAB, editor, progress."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest

from tests.porcelain.cli.render.terminal import Shell, session
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.exchange.page.stories import retries

pytestmark = pytest.mark.browser

WIDTHS = (60, 80, 200)
_CODES = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(params=WIDTHS)
def shell(request: pytest.FixtureRequest, box: Sandbox) -> Iterator[Shell]:
    if shutil.which("tmux") is None:
        pytest.skip("`wj` in a terminal: tmux is missing (`make browser-test`)")
    retries(box)
    env = {"WJ_REPO": str(box.repo), "WJ_EDITOR": "vi -u NONE -c startinsert", "PAGER": "less"}
    made = Shell(box.folder, request.param, 24, env)
    yield made
    made.close()


def test_a_session_in_a_terminal(
    shell: Shell, box: Sandbox, request: pytest.FixtureRequest
) -> None:
    width = request.node.callspec.params["shell"]
    shots = {name: _CODES.sub("", text) for name, text in session(shell, box.folder).items()}
    assert all(len(line) <= width for text in shots.values() for line in text.splitlines())
    # No entry wraps through the graph: each line of the log begins with the graph or the prompt.
    for line in shots["log"].rstrip().splitlines():
        assert line[0] in "@○◆│├╭~$(", shots["log"]
    assert "'::with-jitter" in shots["completion"]
    assert "WJ: This describes" in shots["editor"]
    assert re.search(r"Importing \[#+ *\] \d+ of 1000", shots["progress"])
    assert "Importing [" not in shell.screen()
    assert box.one("@")["description"] != ""
