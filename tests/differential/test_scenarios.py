"""Sequences that are known to be hard, which jj and `wj` do alike, or by design differently."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.differential.deliberate import (
    where_it_is_immutable,
    without_leftovers,
    without_names,
    without_position,
    without_what_comes_back,
    without_what_is_named,
    without_what_it_stands_on,
)
from tests.differential.lockstep import Difference, Lockstep, Step, run
from tests.differential.tools.jj import Jujutsu
from tests.differential.tools.wajutsu import Wajutsu
from tests.differential.versions import (
    beside_another_change_id,
    beside_several_versions,
    beside_what_was_moved,
)

TWO = ["new {s0.0} -m L1", "new {s1.0} -m L2"]

ALIKE = {
    "a hidden commit is edited": ["describe {s0.0} -m L1", "edit {s0.0@s0}"],
    "a hidden commit is described": ["describe {s0.0} -m L1", "describe {s0.0@s0} -m L2"],
    "a hidden commit is rebased": [*TWO, "describe {s2.0} -m L3", "rebase -r {s2.0@s2} -o {s0.0}"],
    "a hidden commit is continued": ["describe {s0.0} -m L1", "new {s0.0@s0} -m L2"],
    "a hidden commit is named": ["describe {s0.0} -m L1", "bookmark create a -r {s0.0@s0}"],
    "a hidden commit is abandoned": ["describe {s0.0} -m L1", "abandon {s0.0@s0}"],
    "an empty merge is dropped on leaving": [*TWO, "new {s1.0} {s0.0}", "edit {s2.0}"],
    "a named one is not": [*TWO, "new {s1.0} {s0.0}", "bookmark create a", "edit {s2.0}"],
    "abandoning @ makes a new one": ["new {s0.0} -m L1", "abandon", "abandon", "undo", "undo"],
    "next is ambiguous": [*TWO, "new {s1.0} -m L3", "edit {s1.0}", "next --edit", "next"],
    "prev is ambiguous": [*TWO, "new {s2.0} {s0.0} -m L3", "prev --edit", "prev"],
    "a parent twice": ["new {s0.0} {s0.0} -m L1"],
    "a parent that became an ancestor of another": [
        *TWO, "new {s0.0} -m L3", "new {s2.0} {s3.0} -m L4", "rebase -s {s2.0} -o {s3.0}",
        "simplify-parents -r {s4.0}",
    ],
    "a name was created and moved": [
        *TWO, "bookmark create a -r {s0.0}", "bookmark set a -r {s2.0}", "op revert {did s3}",
    ],
    "@ was moved by two": [*TWO, "edit {s0.0}", "edit {s1.0} --at-op {op s2}"],
    "the empty @ is rebased and left": ["new {s0.0}", "new -A {s0.0} -m L2"],
    "a slow command on the newest operation": [*TWO, "abandon", "prev --edit --at-op {op s3}"],
    "what comes back stands on what is now": [
        *TWO, "undo", "new -B {s1.0} --no-edit -m L4", "op revert {did s3}",
    ],
    "two put something between": [
        *TWO, "new -A {s1.0} --no-edit -m L3", "new -A {s1.0} --no-edit -m L4 --at-op {op s2}",
    ],
    "nothing is moved out of empty commits": [*TWO, "squash -k -m L3", "undo"],
    "a name on a squashed commit": [*TWO, "bookmark create a", "squash -u", "undo", "redo"],
    "an undo after an older run of undos": [
        *TWO, "new -m L3", "undo", "undo", "new -m L4", "undo", "undo", "redo", "redo",
    ],
    "a merge that would be one with the root": [
        "new root() -m L1", "new {s1.0} {s0.0} -m L2", "abandon {s1.0}", "rebase -r {s2.0} -o root()",
    ],
    "a name is in conflict again, one side hidden": [
        *TWO, "new {s0.0} -m L3", "new {s0.0} -m L4", "bookmark create a -r {s3.0}",
        "bookmark set a -r {s1.0} -B", "bookmark set a -r {s4.0} -B --at-op {op s5}",
        "edit {s2.0}", "abandon {s3.0}", "bookmark set a -r {s0.0} -B", "undo",
    ],
    "a slow command would make a merge with the root": [
        "new root() -m L1", "new {s0.0} {s1.0} -m L2", "new {s2.0} -m L3",
        "squash --from {s1.0} --into {s0.0} -u --at-op {op s2}",
    ],
    "taking back would make one": [
        "new root() -m L1", "new {s1.0} -m L2", "new {s2.0} {s0.0} -m L3", "op revert {did s1}",
    ],
    "next leads back to where it is": [
        "new {s0.0} -m L1", "new {s1.0} -m L2", "new {s1.0} {s0.0} -m L3", "next 2",
    ],
    "the children of several are put on one": [
        *TWO, "new {s0.0} -m L3", "new {s3.0} -m L4", "new -A {s0.0} -m L5",
        "rebase -s {s1.0} -s {s3.0} -B {s5.0}", "new -A {s2.0} -A {s4.0} -m L6",
    ],
    "what comes back stands on what became of it": [
        *TWO, "new {s2.0} -m L3", "undo", "rebase -r {s1.0} -A {s2.0}", "op revert {did s4}",
    ],
    "the commit of a forgotten name is abandoned": [
        *TWO, "new {s0.0} -m L3", "bookmark create a -r {s2.0}", "bookmark forget a",
        "abandon {s2.0}", "op revert {did s5}",
    ],
    "the commit that was left is abandoned": [
        *TWO, "edit {s1.0}", "abandon {s2.0}", "op revert {did s3}",
    ],
    "a tag comes back": [
        *TWO, "new {s0.0} -m L3", "tag set t -r {s2.0}", "undo", "describe {s2.0} -m L4",
        "op revert {did s5}",
    ],
    "what a slow command left is dropped, rewritten or not": [
        "commit -m L1", "commit -m L2", "new -A {s0.0} -m L3 --at-op {op s1}",
    ],
    "a copy does not stand for what was abandoned": [
        *TWO, "new {s0.0} -m L3", "duplicate {s1.0}", "abandon {s1.0}",
        "new {s1.0@s1} -m L4 --at-op {op s3}",
    ],
    "nor does what it was folded into": [
        *TWO, "new {s0.0} -m L3", "new {s2.0} -m L4 --no-edit",
        "squash --from {s2.0} --into {s3.0} -u", "new {s2.0@s2} -m L5 --no-edit --at-op {op s4}",
    ],
    "two name the same commit differently": [
        *TWO, "edit {s1.0}", "commit -m L3", "commit -m L4 --at-op {op s3}",
    ],
    "the versions of an undone rewriting": [
        *TWO, "describe {s1.0} -m L3", "undo", "new {s1.0@s3} --no-edit -m L4 --at-op {op s3}",
    ],
    "a name in conflict on what both rewrite": [
        *TWO, "new {s0.0} -m L3", "bookmark create a -r {s2.0}",
        "bookmark set a -r {s3.0} -B", "bookmark set a -r {s1.0} -B --at-op {op s4}",
        "describe {s3.0} -m L4", "describe {s3.0@s3} -m L5 --at-op {op s6}",
    ],
    "a tagged commit is immutable": [
        *TWO, "tag set t -r {s0.0}", "describe {s0.0} -m L4", "rebase -s {s2.0} -o {s0.0}",
        "new -B {s0.0}", "abandon {s0.0}", "squash --from {s1.0} --into {s0.0} -u",
    ],
}  # fmt: skip

APART = {
    "edit immutable": [*TWO, "tag set t -r {s0.0}", "edit {s0.0}"],
    "immutable and unchanged": [*TWO, "tag set t -r {s0.0}", "simplify-parents -s {s0.0}"],
    without_what_comes_back.__name__: [
        *TWO, "new {s1.0}", "rebase -r {s3.0} -B {s2.0}", "edit {s0.0} --at-op {op s3}",
    ],
    without_leftovers.__name__: [
        *TWO, "describe {s2.0} -m L3", "abandon {s2.0@s2} --at-op {op s2}",
    ],
    without_what_is_named.__name__: [
        *TWO, "edit {s1.0}", "abandon {s2.0}", "bookmark create a -r {s2.0@s2} --at-op {op s3}",
    ],
    beside_another_change_id.__name__: [
        *TWO, "metaedit {s1.0} --update-change-id", "new {s3.0} -m L4", "op revert {did s3}",
    ],
    beside_several_versions.__name__: [
        *TWO, "describe {s1.0} -m L3", "describe {s1.0@s1} -m L4",
        "new {s0.0} --no-edit -m L5", "rebase -s {s1.0@s3} -s {s1.0@s4} -o {s5.0}",
        "new {s1.0@s3} --no-edit -m L6 --at-op {op s5}",
    ],
    without_what_it_stands_on.__name__: [
        *TWO, "new {s0.0} --no-edit -m L3", "new {s0.0} --no-edit -m L4", "abandon {s3.0}",
        "edit {s3.0@s3} --at-op {op s4}",
    ],
    where_it_is_immutable.__name__: [*TWO, "edit {s0.0}", "new {s2.0}", "tag set t -r {s0.0}",
        "op restore {op s3}", "tag set t -r {s0.0}",
    ],
    "`@` is immutable": [
        *TWO, "tag set t -r {s0.0}", "edit {s0.0} --at-op {op s2}",
    ],
    without_names.__name__: [
        *TWO, "bookmark create a -r {s1.0}", "describe {s1.0} -m L4", "op revert {did s3}",
    ],
    without_position.__name__: [
        *TWO, "new -B {s2.0} --no-edit -m L3", "new {s0.0} -m L4 --at-op {op s2}",
    ],
    beside_what_was_moved.__name__: [
        *TWO, "rebase -r {s2.0} -o {s0.0}", "describe {s2.0@s2} -m L4 --at-op {op s2}",
    ],
}  # fmt: skip
"""By the name of the deliberate difference, a sequence that ends with it."""


def pair_in(folder: Path, lines: list[str]) -> Lockstep:
    pair = Lockstep(Jujutsu(folder, "first"), Wajutsu(folder, "first"), ("jj", "wj"))
    words = (tuple(re.findall(r"(?:\{[^}]*\}|\S)+", line)) for line in lines)
    try:
        return run([Step(f"s{n}", one) for n, one in enumerate(words, 1)], pair)
    except Difference as found:
        pytest.fail(str(found), pytrace=False)


@pytest.mark.parametrize("name", ALIKE)
def test_both_do_the_same_where(name: str, tmp_path: Path) -> None:
    pair = pair_in(tmp_path, ALIKE[name])

    assert len(pair.steps) == len(ALIKE[name])
    assert pair.parted == []


@pytest.mark.parametrize("name", APART)
def test_by_design_they_differ_in(name: str, tmp_path: Path) -> None:
    pair = pair_in(tmp_path, APART[name])

    assert pair.parted == [name]
