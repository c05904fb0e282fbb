from __future__ import annotations

import json
from typing import Any

import pytest

from store.errors import InvalidSession
from store.session.session import Session
from tests.store.session.pawan_values import call, document, message, pretty, result, without

ARGUMENTS: tuple[Any, ...] = (None, "{bad", 1, [], {})

ACCEPTED: dict[str, dict[str, Any]] = {
    "the fields of the seed alone": without(
        document(),
        "tags",
        "notes",
        "parent_id",
        "root_id",
        "branch_label",
        "branch_depth",
        "labels",
    ),
    "required fields alone": without(
        document(),
        *("total_tokens", "iteration_count", "tags", "notes", "parent_id"),
        *("root_id", "branch_label", "branch_depth", "labels"),
    ),
    "no messages": document(messages=[]),
    "message without tool_calls": document(messages=[without(message(), "tool_calls")]),
    "unknown fields": document(
        workspace="/w", messages=[message(timestamp=1, tool_calls=[call(extra=[])])]
    ),
    "tool_result null": document(messages=[message(tool_result=None)]),
    "arguments of any type": document(
        messages=[message(tool_calls=[call(arguments=a) for a in ARGUMENTS])]
    ),
    "result of any type": document(
        messages=[message(role="tool", tool_result=result(content=c)) for c in (None, "x", 1.5)]
    ),
    "every role": document(
        messages=[message(role=r) for r in ("system", "user", "assistant", "tool")]
    ),
    "lineage": document(parent_id="a", root_id="b", branch_label="c", branch_depth=3),
    "largest numbers": document(total_tokens=2**64 - 1, iteration_count=2**32 - 1),
    "huge number in arguments": document(
        messages=[message(tool_calls=[call(arguments={"n": 2**70})])]
    ),
    "labels": document(labels=[{"name": "x"}, {"name": "y", "message_index": 2, "z": 1}]),
    "timestamps in no form": document(created_at="", updated_at="yesterday"),
    "empty id": document(id=""),
    "a field called format that names none": document(format=3),
}

REJECTED: list[tuple[dict[str, Any] | str, str]] = [
    *((without(document(), name), f"$.{name}") for name in list(document())[:5]),
    (document(id=7), "$.id"),
    (document(model=None), "$.model"),
    (document(messages={}), "$.messages"),
    (document(messages=None), "$.messages"),
    (document(messages=["text"]), "$.messages[0]"),
    (document(messages=[message(), message(role="User")]), "$.messages[1].role"),
    (document(messages=[message(role="developer")]), "$.messages[0].role"),
    (document(messages=[message(role=None)]), "$.messages[0].role"),
    (document(messages=[message(role=["user"])]), "$.messages[0].role"),
    (document(messages=[without(message(), "role")]), "$.messages[0].role"),
    (document(messages=[without(message(), "content")]), "$.messages[0].content"),
    (document(messages=[message(content=None)]), "$.messages[0].content"),
    (document(messages=[message(content=["x"])]), "$.messages[0].content"),
    (document(messages=[message(tool_calls=None)]), "$.messages[0].tool_calls"),
    (document(messages=[message(tool_calls=["x"])]), "$.messages[0].tool_calls[0]"),
    *(
        (
            document(messages=[message(tool_calls=[call(), without(call(), name)])]),
            f"$.messages[0].tool_calls[1].{name}",
        )
        for name in ("id", "name", "arguments")
    ),
    *(
        (
            document(messages=[message(tool_result=without(result(), name))]),
            f"$.messages[0].tool_result.{name}",
        )
        for name in ("tool_call_id", "content", "success")
    ),
    (
        document(messages=[message(tool_result=result(success="yes"))]),
        "$.messages[0].tool_result.success",
    ),
    (document(messages=[message(tool_result=[])]), "$.messages[0].tool_result"),
    (document(total_tokens=-1), "$.total_tokens"),
    (document(total_tokens=1.0), "$.total_tokens"),
    (document(total_tokens=True), "$.total_tokens"),
    (document(total_tokens=2**64), "$.total_tokens"),
    (document(iteration_count=2**32), "$.iteration_count"),
    (document(branch_depth=None), "$.branch_depth"),
    (document(tags=None), "$.tags"),
    (document(tags=["a", 1]), "$.tags[1]"),
    (document(notes=None), "$.notes"),
    (document(labels=None), "$.labels"),
    (document(labels=[{}]), "$.labels[0].name"),
    (document(labels=[{"name": "x", "message_index": -1}]), "$.labels[0].message_index"),
    (document(parent_id=1), "$.parent_id"),
    (pretty(document()).replace('"id": "3f', '"id": "1",\n  "id": "3f'), "$.id"),
    (pretty(document()).replace("Hello", r"\ud83d"), "$.messages[0].content"),
    ("\ufeff" + pretty(document()), "line 1 column 1"),
    (pretty(document()).replace("24", "NaN"), "$.total_tokens"),
    (pretty(document())[:-20], "line 47 column 18"),
]


@pytest.mark.parametrize("name", ACCEPTED)
def test_pawan_documents_are_accepted_and_come_back(name: str) -> None:
    for text in (pretty(ACCEPTED[name]), json.dumps(ACCEPTED[name])):
        session = Session.from_json(text)
        assert session.to_json() == text.encode()
        assert session == Session.from_json(text.encode())


@pytest.mark.parametrize(("value", "where"), REJECTED, ids=[where for _, where in REJECTED])
def test_what_pawan_rejects_is_rejected_with_its_place(
    value: dict[str, Any] | str, where: str
) -> None:
    text = value if isinstance(value, str) else pretty(value)
    with pytest.raises(InvalidSession) as caught:
        Session.from_json(text)
    assert caught.value.where == where
