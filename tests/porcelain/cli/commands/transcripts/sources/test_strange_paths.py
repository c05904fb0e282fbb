"""Files that cannot be read, are no files, or have strange names."""

from __future__ import annotations

import os

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.mark.parametrize(
    "name", ["a\nb.jsonl", "-x.jsonl", "a b'c\".jsonl", "é\u202e.jsonl", "x" * 200 + ".jsonl"]
)
def test_a_strange_name_is_a_name(box: Sandbox, name: str) -> None:
    box.ok("init")
    chat = box.chat(2, f"p/{name}")
    said = box.ok("import p")
    assert "\u202e" not in said
    assert box.sessions() == {"demo": "q2"}
    path = str(box.folder / "p" / name)
    assert box.run("export", "--source", path).raw == chat.data()
    chat.turn(3)
    box.file(f"p/{name}", chat.data())
    box.ok("import p")
    assert box.sessions() == {"demo": "q3"}


def test_a_name_that_is_no_utf_8_is_a_name(box: Sandbox) -> None:
    box.ok("init")
    chat = box.chat(2)
    path = os.fsencode(box.folder) + b"/p/\xff.jsonl"
    os.mkdir(os.path.dirname(path))
    with open(path, "wb") as file:
        file.write(chat.data())
    box.ok("import p")
    box.ok("import p")
    assert box.sessions() == {"demo": "q2"}


def test_a_file_replaced_by_a_folder_keeps_what_was_imported(box: Sandbox) -> None:
    chat = box.begin(2)
    data = chat.data()
    (box.folder / "chat.jsonl").unlink()
    chat.turn(3)
    box.file("chat.jsonl/demo.jsonl", chat.data())
    before = box.json("op log -n 1")
    box.ok("import chat.jsonl")
    assert box.sessions() == {"demo": "q3"}
    assert len(box.json("leaves")) == 1
    box.ok("undo")
    assert box.json("op log -n 1") != before
    assert box.run("export", "demo").raw == data


def test_an_unreadable_file_does_not_hold_the_others_back(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.ok("init")
    for name in ("one", "two"):
        box.chat(2, f"p/{name}.jsonl", session=name)
    (box.folder / "p/one.jsonl").unlink()
    (box.folder / "p/one.jsonl").symlink_to("nowhere")
    done = box.run("import", "p")
    assert done.code == 1
    assert "one.jsonl" in done.err
    assert box.sessions() == {"two": "q2"}


def test_a_link_is_the_file_that_it_names(box: Sandbox) -> None:
    box.begin(2)
    (box.folder / "link.jsonl").symlink_to("chat.jsonl")
    before = box.json("op log -n 1")
    assert "nothing new" in box.ok("import link.jsonl chat.jsonl")
    assert box.json("op log -n 1") == before
    assert list(box.sessions()) == ["demo"]
