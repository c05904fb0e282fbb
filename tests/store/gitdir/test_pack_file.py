"""Packs and their indexes, compared with what C git makes of them."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.gitdir.pack_file import Placed, _encode_index, read_index, write_pack
from store.objects.objects import Kind, hash_object
from tests.harness.bare import WHO, git

Objects = list[tuple[str, Kind, bytes]]


def named(*contents: tuple[Kind, bytes]) -> Objects:
    return list({hash_object(k, d): (hash_object(k, d), k, d) for k, d in contents}.values())


def packed(objects: Objects) -> tuple[bytes, bytes]:
    file = io.BytesIO()
    index = write_pack(file, len(objects), iter(objects))
    return file.getvalue(), index


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "sandbox.git"
    git(folder.parent, "init", "-q", "--bare", str(folder))
    return folder


def check_against_git(sandbox: Path, objects: Objects) -> None:
    pack, index = packed(objects)
    place = sandbox.parent / "one.pack"
    place.write_bytes(pack)
    git(sandbox, "index-pack", "--strict", "-o", str(place.with_suffix(".idx")), str(place))
    assert place.with_suffix(".idx").read_bytes() == index
    listed = git(sandbox, "verify-pack", "-v", str(place)).decode()
    for object_id, kind, data in objects:
        assert f"{object_id} {kind} " in " ".join(listed.split()), (object_id, len(data))
    place.with_suffix(".idx").unlink()


def example_objects() -> Objects:
    signature = f"{WHO.name} <{WHO.email}> 1 +0000".encode()
    blobs = [("blob", b""), ("blob", b"\0" * 5)]
    tree = b"100644 x\0" + bytes.fromhex(hash_object("blob", b""))
    head = b"tree " + hash_object("tree", tree).encode()
    commit = head + b"\nauthor " + signature + b"\ncommitter " + signature + b"\n\nm\n"
    tag = b"object " + hash_object("commit", commit).encode() + b"\ntype commit\ntag v\n"
    tag += b"tagger " + signature + b"\n\nt\n"
    return named(*blobs, ("tree", tree), ("tree", b""), ("commit", commit), ("tag", tag))  # type: ignore[arg-type]


def test_all_kinds_and_empty_objects(sandbox: Path) -> None:
    check_against_git(sandbox, example_objects())


@pytest.mark.parametrize("size", [1, 15, 16, 17, 2047, 2048, 2049, 2**18 - 1, 2**18, 3_000_000])
def test_sizes_at_the_edges_of_the_length_code(sandbox: Path, size: int) -> None:
    check_against_git(sandbox, named(("blob", os.urandom(size)), ("blob", b"a" * size)))


def test_many_objects(sandbox: Path) -> None:
    objects = named(*(("blob", b"%d" % number) for number in range(5000)))
    pack, index = packed(objects)
    place = sandbox.parent / "many.pack"
    place.write_bytes(pack)
    git(sandbox, "index-pack", "--strict", str(place))
    assert place.with_suffix(".idx").read_bytes() == index


@settings(max_examples=15)
@given(contents=st.lists(st.binary(max_size=200), min_size=1, max_size=30))
def test_any_blobs(sandbox: Path, contents: list[bytes]) -> None:
    check_against_git(sandbox, named(*(("blob", data) for data in contents)))


def test_a_pack_of_nothing(sandbox: Path) -> None:
    check_against_git(sandbox, [])


def test_a_wrong_count_is_an_error() -> None:
    objects = example_objects()
    for count in (len(objects) - 1, len(objects) + 1):
        with pytest.raises(ValueError, match="announced"):
            write_pack(io.BytesIO(), count, iter(objects))


def test_offsets_past_2_gib_are_read_by_git_and_by_us(sandbox: Path) -> None:
    ids = sorted(hashlib.sha1(b"%d" % number).digest() for number in range(7))
    offsets = [12, 2**40 + 5, 2**31 - 1, 2**31, 2**32, 500, 2**32 - 1]
    placed = [Placed(ids[n], 0xFFFFFFFF - n, offsets[n]) for n in range(7)]
    index = _encode_index(placed, b"\7" * 20)
    shown = subprocess.run(
        ["git", "-C", sandbox, "show-index"], input=index, capture_output=True, check=True
    ).stdout.decode()
    wanted = [f"{offset} {object_id.hex()} ({crc:08x})" for object_id, crc, offset in placed]
    assert shown.splitlines() == wanted
    assert read_index(index) == placed
    for damaged in (
        b"",
        index[:-1],
        index[:-8],
        b"\0" + index[1:],
        index.replace(b"\x80\0\0\3", b"\x80\0\0\4"),
    ):
        with pytest.raises(ValueError, match=r"index|past 2 GiB"):
            read_index(damaged)
    # Four of them do not fit into 31 bits; the two trailing hashes follow the long table.
    assert len(index) == 8 + 256 * 4 + 7 * (20 + 4 + 4) + 4 * 8 + 40
    assert index[-20:] == hashlib.sha1(index[:-20]).digest()
