"""Promise: the command line that an operation records has no text and no name of the user's."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox

WORD = "hunter2"


@pytest.mark.parametrize(
    ("line", "recorded"),
    [
        (f"append -m {WORD}", "append -m ..."),
        (f"append -m{WORD} --message={WORD}", "append -m ... -m ..."),
        (f"append -m x --session {WORD}", "append -m ... --session ..."),
        (f"squash -km {WORD}", "squash -m ... -k"),
        (f"squash -f @ --into @- --message {WORD}", "squash -f @ -t @- -m ..."),
        (f"note {WORD}", "describe -m ..."),
        (f"desc -m {WORD} @", "describe @ -m ..."),
        (f"--config user.email={WORD} new", "new --config user.email=..."),
        (f"new --config=user.name={WORD} --no-edit", "new --no-edit --config user.name=..."),
        (f"new -m {WORD} --quiet -A @-", "new -m ... -A @- --quiet"),
        (f"metaedit --author '{WORD} <{WORD}@example.org>'", "metaedit --author ..."),
        (f"fork @- {WORD}", "fork @- ..."),
        (f"fork @ {WORD} --at 1", "fork @ ... --at 1"),
        (f"import chat.jsonl --again --session {WORD}", "import chat.jsonl --session ... --again"),
        (f"b c {WORD} {WORD}-2 --to @-", "session create ... ... -r @-"),
        (f"session set {WORD}", "session set ..."),
        (f"session rename demo {WORD}", "session rename ... ..."),
        ("session delete 'glob:d*'", "session delete ..."),
        (f"tag set {WORD} -r @", "tag set ... -r @"),
        (f"workspace add {WORD} -m {WORD}", "workspace add ... -m ..."),
        ("--workspace default new", "new --workspace ..."),
        ("new --at-op @", "new --at-operation @"),
        ("rebase -r @ -o @-- --ignore-immutable", "rebase -r @ -o @-- --ignore-immutable"),
        ("restore --changes-in @", "restore -c @"),
        ("prev 2 --edit", "prev 2 -e"),
        ("split --at 5 -p", "split --at 5 -p"),
    ],
)
def test_what_is_recorded(box: Sandbox, line: str, recorded: str) -> None:
    box.begin()
    box.ok("""config set --user aliases.note '["describe", "-m"]'""")
    before = len(box.json("op log"))

    box.ok(line)

    operations = box.json("op log")
    assert len(operations) == before + 1
    assert operations[0]["args"] == ["wj", *recorded.split()]


def test_a_text_that_looks_like_an_option_is_a_text(box: Sandbox) -> None:
    box.begin()

    box.run("new", "-m", "-m")

    assert box.json("op log")[0]["args"] == ["wj", "new", "-m", "..."]


def test_a_file_whose_name_is_not_utf8_is_recorded_with_escapes(box: Sandbox) -> None:
    box.begin()
    box.chat(4, "chat\udcff.jsonl")

    box.run("import", "chat\udcff.jsonl")

    assert box.json("op log")[0]["args"] == ["wj", "import", "chat\\udcff.jsonl"]
