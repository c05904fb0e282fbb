"""A commit whose date no calendar has is shown as such, and stops no command."""

from __future__ import annotations

import re
import shlex

import pytest

from porcelain.display import iso_time, local_time
from tests.harness.bare import git
from tests.porcelain.cli.leaked_word import begin
from tests.porcelain.cli.sandbox import Sandbox

DATES = [
    str(2**62), str(2**63 - 1), str(2**63), str(2**64), str(10**30), "253402300800", "9" * 5000,
    str(-(2**62)), str(-(2**63)),
]  # fmt: skip
COMMANDS = [
    "log -r 'all()'",
    "log -r 'all()' -G",
    "log -r 'all()' --json",
    "log -r 'all()' -T 'commit_id ++ change_id.shortest(8) ++ description ++ immutable'",
    "log -r 'author_date(after:2020-01-01) | committer_date(before:2020-01-01)'",
    "log -r 'latest(all(), 2)'",
    "show demo",
    "show demo --json",
    "evolog -r demo -p",
    "evolog -r demo --json",
    "status",
    "session list --sort author-date,committer-date-",
    "session list --json",
    "lineage demo",
    "leaves",
    "leaves --json",
]


def with_date(box: Sandbox, date: str) -> None:
    """Rewrite the tip of the session `demo` with a date, as git would take it."""
    begin(box)
    data = git(box.repo, "cat-file", "commit", "refs/sessions/demo")
    data = re.sub(rb"> \d+ ", f"> {date} ".encode(), data)
    made = git(box.repo, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", data=data)
    git(box.repo, "update-ref", "refs/sessions/demo", made.decode().strip())


@pytest.mark.parametrize("date", DATES)
def test_a_strange_date_stops_no_command(box: Sandbox, date: str) -> None:
    with_date(box, date)

    for line in COMMANDS:
        done = box.run(*shlex.split(line))
        assert done.code == 0, (line, done.both)


def test_a_strange_date_is_shown_as_such(box: Sandbox) -> None:
    with_date(box, str(2**62))

    assert "claude-opus-4-5 invalid date demo" in box.ok("log -r demo")
    assert "<ada@example.org> (invalid date)\n" in box.ok("show demo")
    assert box.json("log -r demo")[0]["timestamp"] is None
    assert box.json("show demo")[0]["author"]["timestamp"] is None


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (253402300799, "9999-12-31T23:59:59Z"),
        (-62135596800, "0001-01-01T00:00:00Z"),
        (253402300800, None),
        (-62135596801, None),
    ],
)
def test_a_date_has_four_digits_for_the_year(seconds: int, written: str | None) -> None:
    assert iso_time(seconds) == written
    assert (local_time(seconds) == "invalid date") is (written is None)
