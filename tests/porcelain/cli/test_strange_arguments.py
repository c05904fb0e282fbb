"""Every option and argument of every command takes any text: it is used, or refused in words.

No value ends in a traceback, and nothing that is refused has changed the repository.
"""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from porcelain.cli.main import make_root
from porcelain.cli.run.params import GlobalOption
from tests.porcelain.cli.sandbox import Sandbox

BUG = 255
DIGITS = "9" * 5000
VALUES = {
    "no UTF-8": "x\udcff",
    "a number of 5,000 digits": DIGITS,
    "a superscript": "²",
    "a digit that is not ASCII": "١",
    "a negative number": "-1",
    "nothing": "",
    "a number beyond SQLite's": str(2**63),
    "5,000 digits behind a slash": f"k/{DIGITS}",
    "5,000 digits of days": f"{DIGITS} days ago",
    "a day before the first": "0001-01-01T00:00:00+14:00",
    "a day after the last": "9999-12-31T23:59:59-14:00",
    "5,000 digits in a revset": f"ancestors(@, {DIGITS})",
    "5,000 digits of a side": f":{DIGITS}",
    "a range of 5,000 digits": f"{DIGITS}..{DIGITS}",
    "a control character": "a\x1b[31m\nb",
}
ENDING = {"watch": "--once"}
"""Options with which commands end that else run until they are stopped."""
ENDLESS = {"serve", "mcp"}
FILL = {"revision": "@", "file": "chat.jsonl", "files": "chat.jsonl", "paths": "chat.jsonl"}


def commands(
    command: click.Command, words: tuple[str, ...], parent: click.Context | None = None
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield the words and the object of every command that is no group."""
    context = click.Context(command, info_name=words[-1] if words else "wj", parent=parent)
    if not isinstance(command, click.Group):
        command.get_params(context)
        yield words, command
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, (*words, name), context)


def forms(value: str) -> Iterator[list[str]]:
    """Yield a command line for every parameter that takes a value."""
    for name, command in commands(make_root(), ()):
        if ENDLESS.intersection(name):
            continue
        words = (*name, *(ENDING[word] for word in name if word in ENDING))
        hidden = {p for p in command.params if isinstance(p, click.Option) and p.hidden}
        own = [p for p in command.params if not isinstance(p, GlobalOption) and p not in hidden]
        arguments = [p for p in own if isinstance(p, click.Argument)]
        for param in own:
            place = arguments.index(param) if isinstance(param, click.Argument) else -1
            given = [
                value if number == place else FILL.get(str(one.name), "@")
                for number, one in enumerate(arguments)
                if one.required or number <= place
            ]
            if isinstance(param, click.Option) and not param.is_flag and not param.is_eager:
                yield [*words, param.opts[0], value, *given]
            elif isinstance(param, click.Argument):
                yield [*words, "--", *given]
    for one in make_root().get_params(click.Context(make_root())):
        if isinstance(one, GlobalOption) and not one.is_flag:
            yield [one.opts[0], value, "log"]


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_no_value_of_any_parameter_is_a_bug(box: Sandbox, value: str) -> None:
    box.begin(2)
    box.patch.delenv("WJ_DEBUG")
    box.patch.setenv("XDG_STATE_HOME", str(box.folder / "state"))
    bugs = []
    for line in forms(value):
        done = box.run(*line)
        if done.code == BUG or "Traceback" in done.both:
            bugs.append((" ".join(line)[:80], done.err[:200]))
    assert bugs == []
    assert "no problems" in box.ok("doctor")


def test_a_file_whose_name_is_not_utf8_is_read_and_written(box: Sandbox) -> None:
    box.ok("init")
    chat = box.chat(2, "chat.jsonl")
    name = "caf\udce9.jsonl"
    (box.folder / name).write_bytes(chat.data())
    assert box.run("import", name).code == 0
    assert box.run("save", name, "--session", "again").code == 0
    assert box.run("export", "demo", "-o", f"out-{name}").code == 0
    assert (box.folder / f"out-{name}").read_bytes() == chat.data()
    assert box.run("log").code == 0
    assert box.run("op", "log", "--json").code == 0


@pytest.mark.parametrize("number", [DIGITS, f"-{DIGITS}", "1e999999999", f"0.{DIGITS}"])
def test_a_long_number_in_a_transcript_is_kept_or_refused_with_its_place(
    box: Sandbox, number: str
) -> None:
    box.ok("init")
    pawan = (
        '{"id": "s", "model": "m", "created_at": "c", "updated_at": "u", "total_tokens": 1,'
        ' "messages": [{"role": "user", "content": "one", "extra": %s}], "odd": %s}'
    )
    row = (
        '{"type": "user", "uuid": "u", "parentUuid": null, "sessionId": "c", "n": %s,'
        ' "message": {"role": "user", "content": "two"}}\n'
    )
    box.file("s.json", (pawan % (number, number)).encode())
    box.file("tokens.json", (pawan % (1, 1)).replace('s": 1', f's": {number}').encode())
    box.file("c.jsonl", (row % number).encode() + box.chat(1, "x.jsonl").data())
    for line in (
        "save s.json",
        "import tokens.json",
        "import c.jsonl",
        "append --json-message s.json",
    ):
        done = box.run(*line.split())
        assert done.code == 0 or ": " in done.err, line
        assert done.code in (0, 1), done.both
    assert "no problems" in box.ok("doctor")
    for line in ("log", "show @", "export"):
        assert box.run(*line.split()).code in (0, 1)
