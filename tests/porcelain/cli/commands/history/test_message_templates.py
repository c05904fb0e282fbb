"""Templates about messages: `wj cat -T`, `wj search -T`, and the messages of commits."""

from __future__ import annotations

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.mark.parametrize(
    ("line", "template", "shown"),
    [
        ("cat", 'number ++ " " ++ role ++ ": " ++ text ++ "\\n"', "1 user: q1\n2 assistant: r1\n"),
        ("cat --role user", 'text ++ ","', "q1,q2,"),
        ("cat --messages 2..3", 'number ++ timestamp.utc().format(" %H:%M") ++ "\\n"', None),
        ("show --no-patch", 'added.map(|one| one.said()).join("|")', "q2|r2"),
        ("log -G -r all()", 'added.any(|one| one.text() == "q1") ++ "\\n"', "false\ntrue\nfalse\n"),
        ("search q2", 'session ++ " " ++ number ++ " " ++ excerpt', "demo 3 q2"),
        ("search q2", "commit.change_id().short(4)", "qrnz"),
        ("cat --messages 1", "tools.len() ++ calls.len() ++ thinking ++ results.len()", "000"),
    ],
)
def test_messages_have_a_vocabulary(
    box: Sandbox, line: str, template: str, shown: str | None
) -> None:
    box.begin(2)

    done = box.run(*line.split(), "-T", template)

    assert done.code == 0, done.err
    if shown is None:
        assert len(done.out.splitlines()) == 2
    else:
        assert done.out.startswith(shown)


def test_the_look_of_found_messages_can_be_changed(box: Sandbox) -> None:
    box.begin(2)
    usual = box.ok("search q2")
    assert box.ok("search q2 -T builtin_search") == usual
    box.run("config", "set", "--user", "templates.search", 'concat(excerpt, "\\n")')
    assert box.ok("search q2 --quiet") == "q2\n"
