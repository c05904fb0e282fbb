"""The output of commands with `--json` has the shapes that the reference says."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import click
import pytest

from porcelain.cli.main import make_root
from porcelain.cli.shell.json_data import COMMANDS, NO_JSON
from tests.harness.bare import git
from tests.porcelain.cli.conflicted import conflicted
from tests.porcelain.cli.render.shapes import faults
from tests.porcelain.cli.sandbox import Sandbox

ELSEWHERE = {"config edit", "op verify", "resolve", "resolve --list", "serve"}
"""Commands of other tests: those below, and those of the commands themselves."""

STORY = """
init
import chat.jsonl
import chat.jsonl
import
split root()+ --at 1
undo
append -m go
append -m on --session demo
save pawan.json
new demo -m more
commit -m done
describe -m again
metaedit -m once
fork demo try
fork demo cut --at 3
rewind --session demo
undo
redo
undo --session demo
edit demo
prev
edit demo-
next --edit
status
ready
stats
log
lineage
children
leaves
show
show demo
cat demo
diff -r demo
diff --from demo --to try
interdiff --from demo --to try
evolog -r demo
evolog -p -r demo
diff --from try --to cut
search q1
duplicate demo
rebase -r latest(description("more")) -o root()+
rebase -r demo -A root()+
undo
parallelize demo-::demo
undo
simplify-parents -r all()
squash -r demo
undo
restore --from demo- --to demo
undo
revert -r demo -o demo
abandon demo
undo
new demo try -m merge
converge
redact --secrets --dry-run
redact q1 --dry-run
session list
session create one
session set one -r demo -B
session move one --to demo- -B
session rename one two
session forget two
session create three
session delete three
tag set v1 -r demo
tag list
tag delete v1
workspace add side
workspace list
workspace rename --workspace side other
workspace forget other
git remote add origin hub.git
git remote list
git push --all
git push --all --dry-run
git fetch
session untrack demo@origin
session track demo@origin
session list -a
git clone hub.git bob.git
git remote rename origin hub
git remote set-url hub hub.git
sync hub --enable
git remote remove hub
git import
git export
bundle create b.bundle
bundle apply b.bundle
op log
op log -d
op show
op diff
op restore @-
op revert @-
op abandon ..@---
doctor
doctor --fix
config list
config get ui.color
config set --user ui.color never
config path --user
config unset --user ui.color
util completion bash
util trust conversations.git
util gc
prime
help
help revsets
help log
version
export demo --format text -o out.txt
export --all -o out
export demo --format text
resume demo
agent list
agent status
agent setup claude --yes
agent remove claude --yes
""".strip().splitlines()


def prepare(box: Sandbox) -> None:
    box.chat(3)
    git(box.folder, "init", "--quiet", "--bare", "hub.git")
    box.file(
        "pawan.json",
        b'{"id": "p", "model": "m", "messages": [{"role": "user", "content": "hi"}],'
        b' "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}',
    )


def key_of(words: list[str]) -> str:
    """Return the command of a line, as the table of shapes names it."""
    if words[0] == "resolve" and "--list" in words:
        return "resolve --list"
    names = (" ".join(words[:count]) for count in (3, 2, 1))
    return next(name for name in names if name in COMMANDS)


def test_every_command_prints_what_the_reference_says(box: Sandbox) -> None:
    prepare(box)
    seen: set[str] = set()
    found: list[str] = []
    for line in STORY:
        words = shlex.split(line)
        done = box.run(*words, "--json")
        assert done.code == 0, (line, done.err)
        key = key_of(words)
        found += [f"{line}: {fault}" for fault in faults(key, done.data)]
        seen.add(key)
    assert found == []
    assert set(COMMANDS) - seen == ELSEWHERE


def test_conflicts_and_an_edited_file_of_settings(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    conflicted(box)
    monkeypatch.setenv("WJ_EDITOR", "true")
    for line in ("status", "show", "resolve --list", "config edit --user", "resolve :ours"):
        done = box.run(*shlex.split(line), "--json")
        assert done.code == 0, (line, done.err)
        assert faults(key_of(shlex.split(line)), done.data) == [], line


def leaves(command: click.Command, ctx: click.Context) -> Iterator[str]:
    """Yield the names of the commands below one."""
    if not isinstance(command, click.Group):
        yield ctx.command_path.removeprefix("wj ")
        return
    for name in command.list_commands(ctx):
        found = command.get_command(ctx, name)
        assert found is not None
        yield from leaves(found, click.Context(found, info_name=name, parent=ctx))


def test_every_command_has_a_shape() -> None:
    root = make_root()
    found = set(leaves(root, click.Context(root, info_name="wj")))
    assert found == {key for key in COMMANDS if "--" not in key} | set(NO_JSON)
