"""Copies that meet by plain git: a copy's own operation log outlives a forced fetch."""

from __future__ import annotations

import pytest

from tests.harness.bare import fsck, git
from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def pair(box: Sandbox) -> Sandbox:
    """Return a user with two copies that parted: conversations.git and other.git."""
    box.begin(2)
    box.ok("git clone conversations.git other.git")
    box.ok("fork demo mine")
    box.ok("fork demo theirs -R other.git")
    return box


def _force(box: Sandbox, *more: str) -> None:
    git(box.repo, "fetch", "--quiet", *more, "../other.git", "+refs/*:refs/*")


def _operations(box: Sandbox) -> set[str]:
    return {one["description"] for one in box.json("op log")}


def test_both_logs_are_there_after_the_next_command(pair: Sandbox) -> None:
    before = _operations(pair)
    _force(pair)
    assert "another log has taken its place" in pair.wj("doctor")

    said = pair.ok("new demo -m next")
    assert "Another operation log had taken the place of this copy's own" in said
    assert {"demo", "mine", "theirs"} <= {*pair.sessions()}
    assert before < _operations(pair)
    assert pair.ok("doctor").endswith("no problems\n")
    assert "another log" not in pair.ok("doctor")
    pair.ok("undo")
    assert "fork mine" in pair.ok("undo")
    fsck(pair.repo)


def test_a_lost_ref_of_the_log_is_found_again(pair: Sandbox) -> None:
    before = _operations(pair)
    git(pair.repo, "update-ref", "-d", "refs/wj/op")
    pair.ok("new demo -m next")
    assert before < _operations(pair)


def test_a_log_that_was_set_back_goes_on_where_it_was(pair: Sandbox) -> None:
    before = _operations(pair)
    git(pair.repo, "update-ref", "refs/wj/op", "refs/wj/op^1")
    pair.ok("new demo -m next")
    assert before < _operations(pair)


def test_what_is_abandoned_or_purged_goes_there_too(pair: Sandbox) -> None:
    pair.ok("append -m 'the word is sesame' --session said")
    pair.ok("redact sesame --purge --yes")
    pair.ok("op abandon ..@-")
    assert len(pair.json("op log")) <= 2
    pair.ok("util gc --expire now")
    assert "sesame" not in git(pair.repo, "log", "-p", "--all").decode()
    pair.ok("new demo -m next")
    assert pair.ok("doctor").endswith("no problems\n")
