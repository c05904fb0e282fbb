"""The commit codec against C git: byte for byte, both ways."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from store.errors import CorruptObject, ObjectNotFound, WrongObjectKind
from store.ids import EMPTY_TREE, BlobId, CommitId, TreeId
from store.objects.commit import (
    Commit,
    Signature,
    clean_person,
    decode_commit,
    encode_commit,
    read_commit,
)
from store.objects.objects import hash_object
from tests.harness.bare import WHO, commit, fresh, fsck, git


def text_of(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


ids = st.binary(min_size=20, max_size=20).map(bytes.hex)
any_bytes = st.one_of(st.binary(max_size=40), st.text(max_size=40).map(lambda t: t.encode()))
# libgit2's and C git's rule: anything but the delimiters. Blanks at the ends included.
person = any_bytes.map(lambda raw: text_of(bytes(b for b in raw if b not in b"<>\n\0")))
zones = st.tuples(st.sampled_from("+-"), st.integers(0, 99), st.integers(0, 99)).map(
    lambda zone: f"{zone[0]}{zone[1]:02}{zone[2]:02}"
)
signatures = st.builds(Signature, person, person, st.integers(0, 2**40), zones)
header_names = st.from_regex(r"[a-z][a-z-]{0,9}", fullmatch=True).filter(
    lambda name: name not in ("tree", "parent", "author", "committer")
)
header_values = any_bytes.map(lambda raw: text_of(raw.replace(b"\0", b"")))
headers = st.lists(st.tuples(header_names, header_values), max_size=3).map(tuple)
messages = any_bytes.map(text_of)
commits = st.builds(
    Commit,
    ids.map(TreeId),
    st.lists(ids.map(CommitId), max_size=3).map(tuple),
    signatures,
    signatures,
    messages,
    headers,
)
GPGSIG = "-----BEGIN PGP SIGNATURE-----\n\niQ\n =x\n-----END PGP SIGNATURE-----\n"


@given(commits)
@example(Commit(EMPTY_TREE, (), WHO, WHO, "", (("gpgsig", GPGSIG), ("empty", ""), ("x", "\n"))))
@example(Commit(EMPTY_TREE, (), WHO, WHO, "\n\na\0b\n\n", (("change-id", "k" * 32),)))
def test_what_is_encoded_is_decoded(made: Commit) -> None:
    data = encode_commit(made)
    assert decode_commit(data) == made
    assert encode_commit(decode_commit(data)) == data


@given(st.lists(st.sampled_from([b"key", b" ", b"\n", b"\n ", b"v", b"\xff", b"\r"]), max_size=12))
@example([b"key", b"\n ", b"v"])
@example([b"key", b" ", b"\n ", b"v"])
def test_odd_header_lines_come_out_again_byte_for_byte(parts: list[bytes]) -> None:
    odd = b"\n".join(line for line in b"".join(parts).split(b"\n") if line)
    base = encode_commit(Commit(EMPTY_TREE, (), WHO, WHO, "message"))
    data = base.replace(b"\n\n", b"\nfirst x\n" + odd + b"\n\n" if odd else b"\nfirst x\n\n")
    assert encode_commit(decode_commit(data)) == data


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("codec") / "sandbox.git"
    git(folder.parent, "init", "-q", "--bare", str(folder))
    git(folder, "mktree", data=b"")
    return folder


def test_git_accepts_every_commit_and_gives_it_the_same_id(sandbox: Path) -> None:
    """One process writes all examples, and one fsck checks them."""
    written: list[tuple[str, Path]] = []
    root = git(sandbox, "hash-object", "-t", "commit", "-w", "--stdin", data=encode_commit(
        Commit(EMPTY_TREE, (), WHO, WHO, "root")
    )).decode().strip()  # fmt: skip

    @settings(max_examples=150)
    @given(commits)
    def collect(made: Commit) -> None:
        count = len(made.parents)
        real = made._replace(
            tree=EMPTY_TREE,
            parents=(CommitId(root),) * min(count, 1),
            message=made.message.replace("\0", ""),
        )
        data = encode_commit(real)
        place = sandbox.parent / f"{len(written)}.commit"
        place.write_bytes(data)
        written.append((hash_object("commit", data), place))

    collect()
    paths = "".join(f"{place}\n" for _, place in written).encode()
    found = git(sandbox, "hash-object", "-t", "commit", "-w", "--stdin-paths", data=paths)
    assert found.decode().split() == [commit_id for commit_id, _ in written]
    fsck(sandbox)


def test_commits_of_git_itself_are_decoded_and_encoded_unchanged(
    sandbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Zoë \x1b[1m Müller, Jr")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "zoë@exämple.org")
    monkeypatch.setenv("GIT_AUTHOR_DATE", "1234567890 -0930")
    monkeypatch.setenv("GIT_COMMITTER_NAME", "C")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "@0 +1245")

    def made(*arguments: str, message: bytes = b"x\n") -> CommitId:
        out = git(sandbox, *arguments, EMPTY_TREE, data=message)
        return CommitId(out.decode().strip())

    root = made("commit-tree", message=b"")
    other = made("commit-tree", message=b"a title\n\nbody\n\n")
    latin = made("-c", "i18n.commitEncoding=latin1", "commit-tree", message=b"caf\xe9\n")
    merge = made("commit-tree", "-p", root, "-p", other, "-p", latin)
    for commit_id in (root, other, latin, merge):
        data = git(sandbox, "cat-file", "commit", commit_id)
        read = decode_commit(data, commit_id)
        assert encode_commit(read) == data
        assert read.author == Signature(
            "Zoë \x1b[1m Müller, Jr", "zoë@exämple.org", 1234567890, "-0930"
        )
        assert read.committer == Signature("C", "", 0, "+1245")
    assert decode_commit(git(sandbox, "cat-file", "commit", root)).message == ""
    assert decode_commit(git(sandbox, "cat-file", "commit", merge)).parents == (root, other, latin)
    read = decode_commit(git(sandbox, "cat-file", "commit", latin))
    assert (read.header("encoding"), read.message) == ("latin1", "caf\udce9\n")


def test_a_merge_of_a_signed_tag_keeps_the_tag_that_git_put_into_its_header(
    tmp_path: Path,
) -> None:
    tag = b"object %s\ntype commit\ntag v1\ntagger T <t@x> 1 +0000\n\nnotes\n\nmore\n"
    value = text_of(tag % (b"1" * 40))
    made = Commit(EMPTY_TREE, (), WHO, WHO, "merge\n", (("mergetag", value), ("gpgsig", GPGSIG)))
    git(tmp_path, "init", "-q", "--bare", ".")
    git(tmp_path, "mktree", data=b"")
    data = encode_commit(made)
    wrote = git(tmp_path, "hash-object", "-w", "-t", "commit", "--stdin", data=data)
    # git reads both headers where we wrote them: it leaves the signature out of an amended copy.
    assert b"mergetag object 1111" in git(tmp_path, "cat-file", "commit", wrote.decode().strip())
    read = decode_commit(data)
    assert read.header("mergetag") == value
    assert read.header("gpgsig") == GPGSIG
    assert read.header("none") is None


def test_what_would_end_a_name_early_is_not_written() -> None:
    evil = Signature("a <b>\nparent 1", "x> 1 +0000\ncommitter y\0", 1)
    data = encode_commit(Commit(EMPTY_TREE, (), evil, WHO, ""))
    assert decode_commit(data).author == Signature("a bparent 1", "x 1 +0000committer y", 1)
    assert decode_commit(data).committer == WHO


def test_a_commit_that_git_only_warns_about_can_still_be_read() -> None:
    data = encode_commit(Commit(EMPTY_TREE, (), WHO, WHO, "x"))
    nameless = data.replace(b"author Ada <", b"author <")
    assert decode_commit(nameless).author == WHO._replace(name="")
    assert decode_commit(data.partition(b"\n\n")[0] + b"\n").message == ""


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"tree 4b825dc6", b"tree 4B825dc6", "it names no tree"),
        (b"tree 4b825dc6", b"tree 4b825d", "it names no tree"),
        (b"tree ", b"", "it names no tree"),
        (b"author", b"parent zz\nauthor", "a parent is no id"),
        (b"author", b"writer", "no author or committer"),
        (b"committer Ada", b"committor Ada", "no author or committer"),
        (b" <ada@example.org> 1700000000 +0000\ncommitter", b"\ncommitter", "no address"),
        (b"1700000000 +0000\ncommitter", b"\ncommitter", "no address|no time"),
        (b"1700000000 +0000\ncommitter", b"1_7 +0000\ncommitter", "no time"),
        (b"1700000000 +0000\ncommitter", "١٧ +0000\ncommitter".encode(), "no time"),
    ],
)
def test_bytes_that_are_no_commit_name_the_object_and_the_fault(
    old: bytes, new: bytes, reason: str
) -> None:
    data = encode_commit(Commit(EMPTY_TREE, (), WHO, WHO, "x"))
    assert old in data
    with pytest.raises(CorruptObject, match=f"object f00 is corrupt: not a commit: .*({reason})"):
        decode_commit(data.replace(old, new, 1), "f00")


@given(st.binary(max_size=200))
def test_garbage_is_refused_in_one_way(data: bytes) -> None:
    with pytest.raises(CorruptObject):
        decode_commit(data)


def test_a_commit_cut_short_in_its_headers_is_refused_or_whole() -> None:
    data = encode_commit(Commit(EMPTY_TREE, (CommitId("1" * 40),), WHO, WHO, ""))
    for cut in range(data.index(b"committer")):
        with pytest.raises(CorruptObject):
            decode_commit(data[:cut])


def test_reading_from_a_repository(repo_path: Path) -> None:
    repository = fresh(repo_path)
    made = commit(repository, "hello")
    found = read_commit(repository, made)
    assert found.message == "hello\n"
    with pytest.raises(WrongObjectKind, match="is a tree, not a commit"):
        read_commit(repository, CommitId(found.tree))
    with pytest.raises(ObjectNotFound, match=r"object 1{40} is missing"):
        read_commit(repository, CommitId("1" * 40))
    blob = BlobId(git(repo_path, "rev-parse", f"{made}:text").decode().strip())
    with pytest.raises(WrongObjectKind, match="is a blob, not a commit"):
        read_commit(repository, CommitId(blob))


@given(st.text())
def test_a_cleaned_name_stands_in_a_signature_as_it_is(name: str) -> None:
    cleaned = clean_person(name)
    assert clean_person(cleaned) == cleaned
    try:
        cleaned.encode()
    except UnicodeEncodeError:
        return
    who = Signature(cleaned, "x@y", 1)
    assert decode_commit(encode_commit(Commit(EMPTY_TREE, (), who, who, ""))).author == who


def test_git_shows_a_cleaned_name_unchanged(sandbox: Path) -> None:
    who = Signature(clean_person(' "Ada" <x>\n\x1b Lovelace. '), "a@b", 1)
    data = encode_commit(Commit(EMPTY_TREE, (), who, who, "x"))
    made = git(sandbox, "hash-object", "-w", "-t", "commit", "--stdin", data=data)
    shown = subprocess.run(
        ["git", "-C", sandbox, "show", "-s", "--format=%an", made.decode().strip()],
        capture_output=True,
        check=True,
    )
    assert shown.stdout.decode() == 'Ada" x Lovelace\n'
