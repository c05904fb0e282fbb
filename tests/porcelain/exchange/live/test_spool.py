"""The spool: marks and notes are taken once, and hold no text."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from porcelain.exchange.live.spool import Note, Spool, spool_of


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    made = Spool(str(tmp_path / "live"))
    made.make()
    return made


def test_marks_and_notes_are_taken_once(spool: Spool) -> None:
    spool.mark("claude")
    spool.mark("claude")
    spool.put(Note("claude", "/b", "two"), 2)
    spool.put(Note("claude", "/a", "one"), 1)
    assert spool.has_pokes()
    assert spool.take_marks() == ["claude"]
    assert [note.native_id for note in spool.take_notes()] == ["one", "two"]
    assert not spool.has_pokes()


def test_only_the_owner_may_look(spool: Spool) -> None:
    spool.put(Note("claude", "/a"), 1)
    assert os.stat(spool.folder).st_mode & 0o77 == 0
    for one in os.scandir(spool.folder):
        assert one.stat().st_mode & 0o77 == 0


def test_a_lease_is_a_moment(spool: Spool) -> None:
    assert not spool.is_leased(100.0)
    spool.lease(110.0)
    assert spool.is_leased(109.0)
    assert not spool.is_leased(111.0)
    spool.end_lease()
    assert not spool.is_leased(109.0)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b"\xff", b'["claude", 1, "", "", 0]', b"[" * 10_000]
)
def test_a_damaged_note_is_dropped_and_counted(spool: Spool, data: bytes) -> None:
    Path(spool.path("note-1")).write_bytes(data)
    assert spool.take_notes() == []
    assert spool.dropped() == {"a note that cannot be read": 1}
    assert not spool.has_pokes()


def test_counts_and_notes_have_limits(spool: Spool) -> None:
    for number in range(1000):
        Path(spool.path(f"note-{number}")).write_bytes(b"")
    with pytest.raises(OSError, match="too many"):
        spool.put(Note("claude"), 1)
    Path(spool.path("dropped")).write_bytes(b"x\n" * (1 << 16))
    spool.drop("one more")
    assert "one more" not in spool.dropped()


def test_a_link_in_the_spool_leads_nowhere(spool: Spool, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for name in ("claude.poke", "dropped", "lease", "failure"):
        os.symlink(precious, spool.path(name))
    with pytest.raises(OSError, match="link"):
        spool.mark("claude")
    spool.drop("something")
    spool.fail("something")
    assert precious.read_text() == "mine"


def test_hashes_have_a_key_of_the_spool(spool: Spool, tmp_path: Path) -> None:
    other = Spool(str(tmp_path / "other"))
    other.make()
    assert spool.hash_of("yes") == spool.hash_of("yes")
    assert spool.hash_of("yes") != other.hash_of("yes")


def test_each_repository_has_a_spool_of_its_own(tmp_path: Path) -> None:
    os.symlink(tmp_path / "a", tmp_path / "link")
    a, b, link = (spool_of("/state", str(tmp_path / name)).folder for name in ("a", "b", "link"))
    assert a != b
    assert a == link
