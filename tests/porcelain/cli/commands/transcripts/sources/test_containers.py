"""Files with several conversations come back byte for byte, beside their conversations."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.bare import fsck
from tests.porcelain.cli.leaked_word import WORD, holders
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.documents.test_chatgpt import LINEAR, conversation, node

SECRET = "the secret word"


def other(name: str = "c-2", said: str = "fish") -> dict[str, Any]:
    nodes = [node("r", None), node(f"{name}u", "r", "user", said),
             node(f"{name}a", f"{name}u", "assistant", "cod")]  # fmt: skip
    return conversation(*nodes, conversation_id=name)


def written(*conversations: dict[str, Any]) -> bytes:
    return (
        b"[\n" + b" ,\n".join(json.dumps(one, indent=1).encode() for one in conversations) + b"]\n"
    )


def whole(box: Sandbox, name: str = "all.json") -> bytes:
    box.ok(f"export --source {name} -o out --force")
    return (box.folder / "out").read_bytes()


def test_a_file_comes_back_with_the_text_around_its_conversations(box: Sandbox) -> None:
    empty = conversation(node("x", None), conversation_id="c-0")
    data = written(empty, conversation(*LINEAR), other())
    box.file("all.json", data)
    box.ok("init")
    box.ok("import all.json")
    assert whole(box) == data
    assert sorted(box.titles("heads(all())")) == ["fish", "more"]
    assert "nothing new" in box.wj("import all.json")
    assert len(box.json("op log")) == 2
    fsck(box.repo)
    assert "no problems" in box.ok("doctor")


def test_a_newer_export_in_the_same_place_is_a_newer_version(box: Sandbox) -> None:
    first, second = written(conversation(*LINEAR), other()), None
    box.file("all.json", first)
    box.ok("init")
    box.ok("import all.json")
    longer = conversation(
        *LINEAR, node("u3", "a2", "user", "and?"), node("a3", "u3", "assistant", "ok")
    )
    second = written(other("c-3", "trees"), longer, other())
    box.file("all.json", second)
    box.ok("import all.json")
    assert whole(box) == second
    assert sorted(box.titles("heads(all())")) == ["and?", "fish", "trees"]
    box.ok("undo")
    assert whole(box) == first


def test_lines_with_a_conversation_each_come_back_too(box: Sandbox) -> None:
    row = {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
    again = {"messages": [{"role": "user", "content": "other"}], "id": "x"}
    data = b"\n".join(json.dumps(one).encode() for one in (row, again, row)) + b"\r\n\n"
    box.file("set.jsonl", data)
    box.ok("init")
    box.ok("import set.jsonl")
    assert whole(box, "set.jsonl") == data


def test_a_redaction_reaches_the_whole_file_and_stays(box: Sandbox) -> None:
    data = written(conversation(*LINEAR), other("c-2", SECRET))
    box.file("all.json", data)
    box.ok("init")
    box.ok("import all.json")
    box.ok(f"redact '{SECRET}'")
    assert SECRET.encode() not in whole(box)
    assert b"wren" in whole(box)
    box.ok("import all.json")
    assert SECRET.encode() not in whole(box)
    fsck(box.repo)


def test_a_file_that_has_one_conversation_by_now_is_that(box: Sandbox) -> None:
    box.file("all.json", written(conversation(*LINEAR), other()))
    box.ok("init")
    box.ok("import all.json")
    alone = json.dumps(other()).encode()
    box.file("all.json", alone)
    box.ok("import all.json")
    assert whole(box) == alone
    box.file("all.json", written(conversation(*LINEAR), other()))
    box.ok("import all.json")
    assert whole(box) == written(conversation(*LINEAR), other())


def test_a_file_that_is_faulty_behind_its_first_conversations_records_nothing(box: Sandbox) -> None:
    good = written(conversation(*LINEAR), other())
    box.file("bad.json", good[:-2] + b',\n{"mapping": 7}]')
    box.file("torn.json", good[:-30])
    box.file("good.json", good)
    box.ok("init")
    said = box.wj("import bad.json torn.json good.json")
    assert "bad.json#3" in said
    assert "torn.json: line " in said
    assert len(box.json("op log")) == 2
    assert whole(box, "good.json") == good
    assert "Nothing was imported" in box.wj("export --source torn.json -o out --force")


def test_several_conversations_do_not_fit_one_session(box: Sandbox) -> None:
    box.file("all.json", written(conversation(*LINEAR), other()))
    box.ok("init")
    assert "several conversations, not one for `--session`" in box.wj("import all.json --session x")
    assert len(box.json("op log")) == 1


def test_a_conversation_that_has_grown_elsewhere_comes_back_as_the_file_has_it(
    box: Sandbox,
) -> None:
    longer = conversation(
        *LINEAR, node("u3", "a2", "user", "and?"), node("a3", "u3", "assistant", "ok")
    )
    box.file("alone.json", json.dumps(longer, indent=2).encode())
    box.ok("init")
    box.ok("import alone.json")
    data = written(conversation(*LINEAR), other())
    box.file("all.json", data)
    box.ok("import all.json")
    assert whole(box) == data
    assert whole(box, "alone.json") == json.dumps(longer, indent=2).encode()
    assert "nothing new" in box.wj("import all.json alone.json")
    fsck(box.repo)


def test_a_conversation_in_other_spacing_comes_back_as_each_file_has_it(box: Sandbox) -> None:
    one = json.dumps(conversation(*LINEAR)).encode()
    data = written(conversation(*LINEAR), other())
    box.file("all.json", data)
    box.file("alone.json", one)
    box.ok("init")
    box.ok("import all.json")
    box.ok("import alone.json")
    box.ok("import all.json")
    assert whole(box) == data
    assert whole(box, "alone.json") == one


@pytest.mark.parametrize("empty", [True, False])
def test_a_redacted_title_of_a_part_does_not_come_back(box: Sandbox, empty: bool) -> None:
    nodes = [node("x", None)] if empty else LINEAR
    titled = conversation(*nodes, conversation_id="c-0", title=f"about {WORD}")
    data = written(other("c-3", "bats"), titled, other())
    box.file("all.json", data)
    box.ok("init")
    box.ok("import all.json")
    assert whole(box) == data
    box.ok(f"redact {WORD} --purge --yes")
    now = json.loads(whole(box))
    assert [len(one["mapping"]) for one in now] == [3, len(nodes), 3]
    assert not holders(box)
    box.ok("import all.json")
    assert WORD.encode() not in whole(box)
    assert not holders(box)
