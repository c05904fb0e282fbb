"""A slow regular expression is an error of the command, and changes nothing."""

from __future__ import annotations

import pytest

from porcelain.language import timed_regex
from tests.porcelain.cli.leaked_word import begin, state
from tests.porcelain.cli.sandbox import Sandbox

EXPRESSION = "([a-z -]+)+!"
SLOW = f"regex:{EXPRESSION}"


@pytest.mark.parametrize(
    "words",
    [
        ["redact", SLOW],
        ["redact", SLOW, "--dry-run"],
        ["log", "-r", f"description(regex:'{EXPRESSION}')"],
        ["log", "-r", f"title(regex:'{EXPRESSION}')"],
        ["session", "list", SLOW],
        ["session", "delete", SLOW],
    ],
)
def test_a_slow_pattern_is_refused(
    box: Sandbox, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(box)
    box.ok("session create a-session-with-a-name-long-enough-for-billions-of-steps")
    box.ok("describe -m 'a description that is long enough for billions of steps'")
    before = state(box)
    monkeypatch.setattr(timed_regex, "SECONDS", 0.1)

    done = box.run(*words)

    assert done.code == 1
    assert "takes more than 0.1 seconds" in done.err
    assert state(box) == before
