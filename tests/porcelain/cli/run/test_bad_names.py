"""Names, ids and expressions that are unknown, ambiguous or malformed."""

from __future__ import annotations

import pytest

from tests.harness.copies import unchanged
from tests.porcelain.cli.sandbox import Sandbox

REASONS = {
    "-x": "Error: Invalid name '-x': it begins with '-', like an option",
    "tab\there": "Error: Invalid name 'tab\\there': it holds the invisible or control character U+0009",
    "\u202etxt": "Error: Invalid name '\\u202etxt': it holds the invisible or control character U+202E",
    "a"
    * 300: "Error: Invalid name 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...': it is 300 bytes long, at most 200 are allowed",
    "k" * 32: f"Error: Invalid name '{'k' * 32}': it looks like a full change id",
    "0" * 39
    + "1": "Error: Invalid name 'c3......................................': it looks like a full commit id",
    "demo/part": "Error: Session 'demo/part' already exists ('demo' is too close: equal but for case, or a part)",
    "DEMO": "Error: Session 'DEMO' already exists ('demo' is too close: equal but for case, or a part)",
    "demo": "Error: Session 'demo' already exists",
    "a b": "Error: Invalid name 'a b': it holds a space",
    "x.lock": "Error: Invalid name 'x.lock': a part of it ends with '.lock'",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_session_name_that_breaks_a_rule(box: Sandbox, name: str) -> None:
    box.begin()

    with unchanged(box.repo):
        done = box.run("fork", "@", "--", name)
        again = box.run("session", "create", "--", name)

    assert (done.code, again.code) == (1, 1)
    assert done.err.splitlines()[0] == REASONS[name]
    assert done.err.isprintable() or "\n" in done.err
    assert again.err.splitlines()[0] == REASONS[name]


@pytest.mark.parametrize(
    "name", ["", "@", "@-", "foo@bar", "x-", "x+", "a..b", "x|y", "f(x)", "~x"]
)
def test_a_name_that_reads_as_an_expression_is_misuse_everywhere(box: Sandbox, name: str) -> None:
    box.begin()
    said = "Invalid name" if name else "A name cannot be empty"

    with unchanged(box.repo):
        for words in (
            ("session", "create"),
            ("session", "rename", "demo"),
            ("tag", "set"),
            ("fork", "@"),
            ("workspace", "add"),
            ("workspace", "rename"),
            ("append", "-m", "text", "--session"),
            ("save", "--session"),
            ("import", "nowhere.jsonl", "--session"),
        ):
            done = box.run(*words, name)
            assert (done.code, said in done.err) == (2, True), words


def test_in_quotation_marks_of_its_own_an_expression_is_a_name(box: Sandbox) -> None:
    box.begin()
    assert box.run("fork", "@", "'x|y'").code == 0
    assert box.run("append", "-m", "text", "--session", '"foo@bar"').code == 0
    assert {"x|y", "foo@bar"} <= {one["name"] for one in box.json("session list")}


def test_an_unknown_id(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("show zzzzy")
        == """\
Error: Revision `zzzzy` doesn't exist
[exit 1]
"""
    )
    assert (
        box.wj("show abcdef")
        == """\
Error: Revision `abcdef` doesn't exist
[exit 1]
"""
    )
    assert (
        box.wj("show dem")
        == """\
Error: Revision `dem` doesn't exist
Hint: Did you mean `demo`?
[exit 1]
"""
    )


def test_an_empty_id(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("show ''")
        == """\
Error: Failed to parse revset: expected a revision, found the end
 --> 1:1
  |
1 |
  | ^---
  |
  = expected a revision, found the end
[exit 1]
"""
    )
    assert (
        box.wj("fork '' x")
        == """\
Error: Failed to parse revset: expected a revision, found the end
 --> 1:1
  |
1 |
  | ^---
  |
  = expected a revision, found the end
[exit 1]
"""
    )


def test_an_ambiguous_id_lists_the_candidates(box: Sandbox) -> None:
    box.ok("init")
    box.chat(40)
    box.ok("import chat.jsonl")
    ids = [commit["commit_id"] for commit in box.json("log -r 'all() ~ root()'")]
    first = next(one[0] for one in ids if sum(other[0] == one[0] for other in ids) > 1)
    expected = sorted(one[:12] for one in ids if one[0] == first)

    done = box.run("show", first, "--json")

    assert done.code == 1
    assert done.error["code"] == "ambiguous_prefix"
    assert done.error["message"] == f"Commit ID prefix `{first}` is ambiguous"
    (hint,) = done.error["hints"]
    assert all(one in hint for one in expected[:5])


def test_an_operation_that_is_none(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("--at-op xyz log")
        == """\
Error: Operation ID "xyz" is not a valid hexadecimal prefix
[exit 1]
"""
    )
    assert (
        box.wj("--at-op ffffffff log")
        == """\
Error: No operation ID matching "ffffffff"
[exit 1]
"""
    )
    assert (
        box.wj("--at-op '' log")
        == """\
Error: Operation ID "" is not a valid hexadecimal prefix
[exit 1]
"""
    )
    assert (
        box.wj("--at-op @+ log")
        == """\
Error: The "@+" expression resolved to no operations
[exit 1]
"""
    )
    assert (
        box.wj("--at-op 000000- log")
        == """\
Error: The "000000-" expression resolved to no operations
[exit 1]
"""
    )


def test_a_revset_that_names_several_or_none(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("fork all() x")
        == """\
Error: Revset `all()` resolved to more than one revision
Hint: It names these commits:
  xrvpptnn c1...... demo | q3
  qrnzlsvs c2...... q2
  omrzzpmq c3...... q1
  zzzzzzzz 00000000 root()
[exit 1]
"""
    )
    assert (
        box.wj("fork @+ x")
        == """\
Error: Revset `@+` didn't resolve to any revisions
[exit 1]
"""
    )


def test_a_revset_that_cannot_be_parsed(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("log -r 'demo |'")
        == """\
Error: Failed to parse revset: expected a revision, found the end
 --> 1:7
  |
1 | demo |
  |       ^---
  |
  = expected a revision, found the end
[exit 1]
"""
    )
    assert (
        box.wj("log -r 'nonsense()'")
        == """\
Error: Failed to parse revset: Function `nonsense` doesn't exist
 --> 1:1
  |
1 | nonsense()
  | ^------^
  |
  = Function `nonsense` doesn't exist
[exit 1]
"""
    )
    assert (
        box.wj("lineage 'demo) | (@'")
        == """\
Error: Failed to parse revset: expected an operator, found `)`
 --> 1:5
  |
1 | demo) | (@
  |     ^---
  |
  = expected an operator, found `)`
[exit 1]
"""
    )


def test_a_template_that_cannot_be_understood(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("log -T 'commit_idd'")
        == """\
Error: Failed to parse template: Keyword `commit_idd` doesn't exist
 --> 1:1
  |
1 | commit_idd
  | ^--------^
  |
  = Keyword `commit_idd` doesn't exist
Hint: Did you mean `commit_id`?
[exit 1]
"""
    )
    assert (
        box.wj("log -T 'commit_id ++'")
        == """\
Error: Failed to parse template: expected an expression, found the end
 --> 1:13
  |
1 | commit_id ++
  |             ^---
  |
  = expected an expression, found the end
[exit 1]
"""
    )


def test_the_root_commit_cannot_be_edited(box: Sandbox) -> None:
    box.begin()

    with unchanged(box.repo):
        assert (
            box.wj("edit root()")
            == """\
Error: The root commit cannot be edited
Hint: Use `wj new 'root()'` to start on it
[exit 1]
"""
        )


def test_a_usage_error(box: Sandbox) -> None:
    box.begin()

    assert (
        box.wj("frok @")
        == """\
Error: There is no command `frok`
Usage: wj [OPTIONS] COMMAND [ARGS]...
Hint: Did you mean `fork`?
Hint: For help, see `wj --help`
[exit 2]
"""
    )
    assert (
        box.wj("log --limti 3")
        == """\
Error: No such option '--limti'.
Usage: wj log [OPTIONS]
Hint: Did you mean `--limit`?
Hint: For help, see `wj log --help`
[exit 2]
"""
    )
    assert (
        box.wj("log -n many")
        == """\
Error: Invalid value for '-n' / '--limit': 'many' is not a valid integer range.
Usage: wj log [OPTIONS]
Hint: For help, see `wj log --help`
[exit 2]
"""
    )
    assert (
        box.wj("edit")
        == """\
Error: Missing argument 'REV'.
Usage: wj edit [OPTIONS] REV
Hint: For help, see `wj edit --help`
[exit 2]
"""
    )
    assert (
        box.wj("undo now")
        == """\
Error: Got unexpected extra argument (now)
Usage: wj undo [OPTIONS]
Hint: For help, see `wj undo --help`
[exit 2]
"""
    )
    assert (
        box.wj("session")
        == """\
Error: `wj session` needs a command
Usage: wj session [OPTIONS] COMMAND [ARGS]...
Hint: There are `list`, `create`, `set`, `move`, `rename`, `delete`, `forget`, `track`, `untrack`
Hint: For help, see `wj session --help`
[exit 2]
"""
    )
    assert (
        box.wj("branch")
        == """\
Error: There is no command `branch`
Usage: wj [OPTIONS] COMMAND [ARGS]...
Hint: `wj session list` lists sessions, the branches of `wj`; `wj fork` starts one
Hint: For help, see `wj --help`
[exit 2]
"""
    )
    assert (
        box.wj("fork typo")
        == """\
Error: Revision `typo` doesn't exist
Usage: wj fork [OPTIONS] [REV] [SESSION]
Hint: To fork @ under that name: `wj fork @ typo`
Hint: For help, see `wj fork --help`
[exit 2]
"""
    )
