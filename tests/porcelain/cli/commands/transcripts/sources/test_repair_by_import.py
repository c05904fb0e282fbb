"""A damaged repository is repaired from the file that was imported."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox


def unpacked(box: Sandbox) -> None:
    """Turn all packs into loose objects."""
    packs = list((box.repo / "objects" / "pack").glob("*.pack"))
    outside = [pack.rename(box.folder / pack.name) for pack in packs]
    for leftover in (box.repo / "objects" / "pack").iterdir():
        leftover.unlink()
    for pack in outside:
        git(box.repo, "unpack-objects", "-q", data=pack.read_bytes())


def place(box: Sandbox, row: bytes) -> Path:
    """Return the loose object of a row."""
    name = hashlib.sha1(b"blob %d\0" % len(row) + row, usedforsecurity=False).hexdigest()
    return box.repo / "objects" / name[:2] / name[2:]


@pytest.mark.parametrize("how", ["missing", "damaged"])
@pytest.mark.parametrize("row", [0, 2, 5])
def test_importing_the_file_writes_a_lost_row_again(box: Sandbox, row: int, how: str) -> None:
    chat = box.begin(3)
    unpacked(box)
    lost = place(box, chat.lines()[row])
    lost.chmod(0o600)
    lost.unlink() if how == "missing" else lost.write_bytes(b"nothing")
    said = box.run("doctor")
    assert said.code == 1
    assert "demo" in said.both
    assert "wj import" in said.both
    assert str(box.folder / "chat.jsonl") in said.both or "$DIR/chat.jsonl" in said.both

    box.ok("import chat.jsonl")

    assert box.run("export", "demo").raw == chat.data()
    assert box.run("export", "--source", "chat.jsonl").raw == chat.data()
    git(box.repo, "fsck", "--strict", "--no-dangling")


def test_importing_the_file_writes_a_row_of_a_damaged_pack_again(box: Sandbox) -> None:
    chat = box.begin(3)
    (pack,) = (box.repo / "objects" / "pack").glob("*.pack")
    data = bytearray(pack.read_bytes())
    listed = git(box.repo, "verify-pack", "-v", str(pack.with_suffix(".idx"))).decode()
    lost = place(box, chat.lines()[2])
    name = lost.parent.name + lost.name
    (offset,) = (int(line.split()[4]) for line in listed.splitlines() if line.startswith(name))
    data[offset + 12] ^= 0xFF
    pack.chmod(0o600)
    pack.write_bytes(data)
    assert box.run("export", "demo").code == 1

    box.ok("import chat.jsonl")

    assert box.run("export", "demo").raw == chat.data()
    git(box.repo, "fsck", "--strict", "--no-dangling")
