"""Bare repositories for tests: made through `store`, inspected through C git."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from store.ids import EMPTY_TREE, CommitId, RefName, TreeId
from store.objects.commit import Commit, Signature, write_commit
from store.objects.tree import FILE, TreeEntry, write_tree
from store.repository.pack_writer import ObjectBatch
from store.repository.ref_update import Expect, RefEdit, update_refs
from store.repository.repository import Repository

WHO = Signature("Ada", "ada@example.org", 1_700_000_000)


def git(path: str | Path, *arguments: str, data: bytes = b"", check: bool = True) -> bytes:
    """Run C git in a repository and return what it prints; a failure fails the test."""
    done = subprocess.run(
        ["git", "-C", str(path), *arguments], input=data, capture_output=True, check=False
    )
    if check and done.returncode:
        raise AssertionError(f"git {arguments}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def fsck(path: str | Path) -> None:
    """Fail unless `git fsck --strict` succeeds."""
    git(path, "fsck", "--strict", "--no-dangling", "--no-progress")


def fresh(path: Path) -> Repository:
    """Make a repository."""
    return Repository.init(str(path), host="here")[0]


def stage_commit(batch: ObjectBatch, text: str, *parents: CommitId) -> CommitId:
    """Stage a commit with one file that holds `text`."""
    blob = batch.add("blob", text.encode())
    tree = write_tree(batch, [TreeEntry("text", FILE, blob)]) if text else empty_tree(batch)
    return write_commit(batch, Commit(tree, parents, WHO, WHO, f"{text}\n"))


def empty_tree(batch: ObjectBatch) -> TreeId:
    """Stage the empty tree."""
    assert write_tree(batch, []) == EMPTY_TREE
    return EMPTY_TREE


def commit(repository: Repository, text: str, *parents: CommitId) -> CommitId:
    """Write a commit that no ref names."""
    with ObjectBatch(repository) as batch:
        made = stage_commit(batch, text, *parents)
        batch.flush()
    return made


def set_ref(repository: Repository, name: str, target: CommitId | None) -> None:
    """Point a ref somewhere, or delete it, whatever it holds."""
    update_refs(repository, [RefEdit(RefName(name), target, Expect.ANY)])


def leftovers(path: str | Path) -> list[str]:
    """Return staged files, locks and marks of unfinished packs: an idle repository has none."""
    found = []
    for folder, _, files in os.walk(path):
        inside = os.path.relpath(folder, path)
        for name in files:
            if inside == "wj-staging" or name.endswith((".lock", ".keep", ".new")):
                found.append(os.path.normpath(os.path.join(inside, name)))
    return [name for name in found if name not in ("store.lock", "rollup.lock")]
