"""One strange value in the repository, which git accepts, never stops a command.

It is shown as such, or refused in words; all that does not need it works.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable

import pytest

from tests.harness.bare import git
from tests.porcelain.cli.sandbox import Sandbox

BUG = 255
DIGITS = "9" * 5000
LISTINGS = (
    "log",
    "log -r 'all()'",
    "log --json -r 'all()'",
    """log -T 'commit_id ++ description ++ "\\n"' -r 'all()'""",
    "session list",
    "session list --json",
    "session list --sort committer-date",
    "lineage demo",
    "leaves --json",
    "op log",
    "status",
    "log -r 'author_date(after:\"2000-01-01\") | all()'",
)
"""Commands that list other commits too: none of them may fail."""
OTHERS = (
    "show strange",
    "show strange --json",
    "lineage strange",
    "evolog -r strange",
    "evolog -r strange --json",
    "export strange",
    "doctor",
    "new strange",
    "fork strange other",
    "append -m more",
    "describe -r strange -m text",
    "duplicate strange",
    "rebase -r strange -o demo-",
    "squash --from strange --into demo",
    "redact nothing",
    "undo",
)


def document(**fields: object) -> bytes:
    """Return a session document without messages."""
    return json.dumps(
        {"id": "s", "model": "m", "created_at": "", "updated_at": "", **fields}
    ).encode()


def blob(box: Sandbox, data: bytes) -> str:
    return git(box.repo, "hash-object", "-w", "--stdin", data=data).decode().strip()


def tree(box: Sandbox, *entries: tuple[str, str]) -> str:
    """Write a tree of names and ids; a name that ends with a slash is a folder."""
    lines = [
        f"040000 tree {one}\t{name[:-1]}" if name.endswith("/") else f"100644 blob {one}\t{name}"
        for name, one in entries
    ]
    return git(box.repo, "mktree", data="\n".join(lines).encode()).decode().strip()


def commit(box: Sandbox, tree_id: str, seconds: str = "1700000000", headers: str = "") -> str:
    """Write a commit with any text where its times are."""
    who = f"Eve <eve@example.org> {seconds} +0000"
    parent = git(box.repo, "rev-parse", "refs/sessions/demo").decode().strip()
    text = f"tree {tree_id}\nparent {parent}\nauthor {who}\ncommitter {who}\n{headers}\nstrange\n"
    write = ("hash-object", "-w", "-t", "commit", "--literally", "--stdin")
    return git(box.repo, *write, data=text.encode()).decode().strip()


def native(box: Sandbox, group: str, row: str, **fields: object) -> str:
    """Return a tree in the native layout with one message."""
    message = blob(box, b'{"role":"user","content":"x"}')
    rows = tree(box, (row, message))
    messages = tree(box, (f"{group}/", rows))
    header = blob(box, document(**{"messages": 1, **fields}))
    return tree(box, ("messages/", messages), ("session.json", header))


def demo_tree(box: Sandbox) -> str:
    return git(box.repo, "rev-parse", "refs/sessions/demo^{tree}").decode().strip()


def digits(text: str) -> bytes:
    """Return a document whose `total_tokens` is a number that `json` itself would not write."""
    return document(messages=0).replace(b"}", b', "total_tokens": ' + text.encode() + b"}")


STRANGE: dict[str, Callable[[Sandbox], str]] = {
    "a date of 2^62": lambda box: commit(box, demo_tree(box), str(2**62)),
    "a date of 2^63": lambda box: commit(box, demo_tree(box), str(2**63)),
    "a date of 2^70": lambda box: commit(box, demo_tree(box), str(2**70)),
    "a date of 5,000 digits": lambda box: commit(box, demo_tree(box), DIGITS),
    "a date before the epoch": lambda box: commit(box, demo_tree(box), "-99999999999999999"),
    "a date that is none": lambda box: commit(box, demo_tree(box), "never"),
    "a zone that is none": lambda box: commit(box, demo_tree(box), "1 +9999999999999"),
    "a header of odd bytes": lambda box: commit(box, demo_tree(box), headers="change-id \u0661\n"),
    "a group of 5,000 digits": lambda box: commit(box, native(box, DIGITS, "00.json")),
    "a row of 5,000 digits": lambda box: commit(box, native(box, "0000", f"{DIGITS}.json")),
    "a group in other digits": lambda box: commit(box, native(box, "٠٠٠٠", "00.json")),
    "a count that is none": lambda box: commit(box, native(box, "0000", "00.json", messages=1e300)),
    "a depth that is none": lambda box: commit(
        box, native(box, "0000", "00.json", branch_depth=10**300)
    ),
    "tokens of 5,000 digits": lambda box: commit(
        box, tree(box, ("session.json", blob(box, digits(DIGITS))))
    ),
    "a negative number of 5,000 digits": lambda box: commit(
        box, tree(box, ("session.json", blob(box, digits(f"-{DIGITS}"))))
    ),
    "a number without an end": lambda box: commit(
        box, tree(box, ("session.json", blob(box, digits("1e999999999"))))
    ),
    "own members of other types": lambda box: commit(
        box,
        native(
            box,
            "0000",
            "00.json",
            wajutsu={
                "pads": {DIGITS: ["a", "b", "c"]},
                "gaps": {"odd": {DIGITS: "x"}},
                "verbatim": [[DIGITS, 1]],
                "title": 1,
                "message_count": 10**300,
            },
        ),
    ),
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_one_strange_commit_never_stops_a_command(
    box: Sandbox, strange: Callable[[Sandbox], str]
) -> None:
    box.begin(2)
    box.patch.delenv("WJ_DEBUG")
    box.patch.setenv("XDG_STATE_HOME", str(box.folder / "state"))
    git(box.repo, "update-ref", "--no-deref", "refs/sessions/strange", strange(box))
    faults = []
    for line in (*LISTINGS, *OTHERS, *LISTINGS):
        done = box.run(*shlex.split(line))
        if done.code == BUG or (line in LISTINGS and done.code):
            faults.append((line, done.err[:300]))
    assert faults == []
    assert "demo" in box.ok("session list --sort name -T builtin_session_list_compact")
    shown = "strange" in box.ok("session list --sort name -T builtin_session_list_compact")
    assert shown or "Ref refs/sessions/strange cannot be read" in box.ok("status")


CONFIG = {
    "wajutsu.version": DIGITS,
    "core.bare": DIGITS,
    "core.repositoryFormatVersion": DIGITS,
    "core.compression": DIGITS,
    "gc.auto": DIGITS,
}


@pytest.mark.parametrize("key", CONFIG)
def test_a_number_of_5000_digits_in_the_config_is_no_bug(box: Sandbox, key: str) -> None:
    box.begin(2)
    git(box.repo, "config", key, CONFIG[key])
    for line in ("log", "status", "new", "append -m x", "doctor", "undo"):
        done = box.run(*shlex.split(line))
        assert done.code in (0, 1), done.both
