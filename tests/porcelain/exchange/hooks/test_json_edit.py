"""An entry is added to a JSON file and taken out again, and every other byte stays."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from porcelain.exchange.hooks.json_edit import add_entry, entries_of, remove_entries
from store.errors import InvalidSession

OURS = {"hooks": [{"type": "command", "command": "wj", "timeout": 10}]}


def is_ours(entry: object) -> bool:
    return entry == OURS


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "{ }\n",
        "{\n}\n",
        '{"a":1}',
        '{"a": 1, "b": [1,2]}',
        '{\n  "a": 1.50,\n  "b": "\\u00e9"\n}\n',
        '{\r\n\t"a": 1\r\n}',
        '{\n    "hooks": {}\n}',
        '{\n  "hooks": {\n    "Start": []\n  },\n  "z": null\n}\n',
        '{"hooks":{"Stop":[]}}',
        '{\n  "hooks": {\n    "Stop": [\n      {"hooks": []}\n    ]\n  }\n}\n',
        '{\n  "hooks": {\n    "Stop": [ ]\n  }\n}\n',
        '\n {"hooks": {"Stop": [{"x": "Stop"}], "Stop2": 1}, "hooks2": {"Stop": []}}  \n\n',
    ],
)
def test_what_is_added_is_one_piece_and_nothing_else_changes(text: str) -> None:
    before = json.loads(text)
    edit = add_entry(text, "Stop", OURS)
    assert edit.text.count(edit.added) == 1
    assert edit.text.replace(edit.added, "") == text

    wanted = json.loads(text)
    wanted.setdefault("hooks", {}).setdefault("Stop", []).append(OURS)
    assert json.loads(edit.text) == wanted
    assert entries_of(edit.text, "Stop")[-1] == OURS

    after = json.loads(remove_entries(edit.text, "Stop", is_ours))
    assert _without_empty(after) == _without_empty(before)


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    hooks = {name: one for name, one in value.get("hooks", {}).items() if one}
    return {
        **{k: v for k, v in value.items() if k != "hooks"},
        **({"hooks": hooks} if hooks else {}),
    }


def test_a_file_is_written_in_its_own_style() -> None:
    assert add_entry('{\n\t"a": 1\n}\n', "Stop", {"b": 2}).text == (
        '{\n\t"a": 1,\n\t"hooks": {\n\t\t"Stop": [\n\t\t\t{\n\t\t\t\t"b": 2\n\t\t\t}\n\t\t]\n\t}\n}\n'
    )
    assert add_entry('{"a": 1}', "Stop", {"b": 2}).text == '{"a": 1, "hooks": {"Stop": [{"b": 2}]}}'


def test_entries_of_others_stay_between() -> None:
    text = '{"hooks": {"Stop": [{"a": 1}]}}'
    text = add_entry(text, "Stop", OURS).text
    text = add_entry(text, "Stop", {"z": 1}).text
    text = add_entry(text, "Stop", OURS).text
    assert json.loads(remove_entries(text, "Stop", is_ours)) == {
        "hooks": {"Stop": [{"a": 1}, {"z": 1}]}
    }
    assert remove_entries(text, "Other", is_ours) == text


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"a": 1,}', '{"hooks": []}', '{"hooks": {"Stop": {}}}', "// x\n{}",
             '{"hooks": {}, "hooks": {}}', "\ufeff{}"],
)  # fmt: skip
def test_what_cannot_be_edited_is_refused(text: str) -> None:
    with pytest.raises(InvalidSession):
        add_entry(text, "Stop", OURS)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60)
@given(
    others=st.dictionaries(st.text().filter(lambda key: key != "hooks"), _values, max_size=3),
    hooks=st.none()
    | st.dictionaries(st.sampled_from(["Stop", "Start"]), st.lists(_values, max_size=2)),
    indent=st.sampled_from([None, 2, "\t"]),
)
def test_any_settings_come_back_exactly(
    others: dict[str, Any], hooks: dict[str, Any] | None, indent: Any
) -> None:
    value = others if hooks is None else {**others, "hooks": hooks}
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    edit = add_entry(text, "Stop", OURS)
    place = edit.text.index(edit.added)
    assert edit.text.replace(edit.added, "", 1) == text or place >= 0
    wanted = json.loads(text)
    wanted.setdefault("hooks", {}).setdefault("Stop", []).append(OURS)
    assert json.loads(edit.text) == wanted
    assert _without_empty(json.loads(remove_entries(edit.text, "Stop", is_ours))) == _without_empty(
        value
    )
