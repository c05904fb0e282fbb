"""Rollouts of Codex that go on from the rows of another file are joined with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.bare import fsck
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.transcript.lines import test_codex

ROOT, REVERT, FORK = (f"0000000{n}-1111-4222-8333-444444444444" for n in (1, 2, 3))


def rollout(rows: list[dict[str, Any]], start: int = 0) -> bytes:
    """Return a file of rows that are numbered from `start` on."""
    numbered = ({**row, "ordinal": start + number} for number, row in enumerate(rows))
    return b"".join(json.dumps(row).encode() + b"\n" for row in numbered)


def meta(thread: str, base: tuple[str, bytes, int] | None = None, **more: Any) -> dict[str, Any]:
    """Return a header; `base` is another file's id and content, and the number of its rows."""
    payload = {**test_codex.META, "id": thread, "history_mode": "paginated", **more}
    if base is not None:
        name, data, rows = base
        lines = data.splitlines(keepends=True)[:rows]
        end = json.loads(lines[-1])["ordinal"] + 1
        size = sum(map(len, lines))
        payload["history_base"] = {
            "thread_id": name, "end_ordinal_exclusive": end, "end_byte_offset": size}  # fmt: skip
    return test_codex.row("session_meta", **payload)


def files(folder: Path) -> tuple[Path, Path, Path]:
    """Write a thread, a revert of its last turn, and a fork of the revert; return the paths."""
    day = folder / "sessions" / "2026" / "01" / "02"
    day.mkdir(parents=True)
    root = rollout([meta(ROOT), *test_codex.turn(1), *test_codex.turn(2)])
    settings = test_codex.event("thread_settings_applied")
    reverted = rollout([meta(ROOT, (ROOT, root, 5)), settings, *test_codex.turn(3)], 5)
    fork_meta = meta(FORK, (REVERT, reverted, 2), forked_from_id=ROOT)
    forked = rollout([fork_meta, *test_codex.turn(4)], 7)
    paths = (
        day / f"rollout-2026-01-02T00-00-01-{ROOT}.jsonl",
        day / f"rollout-2026-01-02T00-00-02-{ROOT}_{REVERT}.jsonl",
        day.parent / "03" / f"rollout-2026-01-03T00-00-03-{FORK}.jsonl",
    )
    paths[2].parent.mkdir()
    for path, data in zip(paths, (root, reverted, forked), strict=True):
        path.write_bytes(data)
    return paths


def check(box: Sandbox, paths: tuple[Path, ...]) -> None:
    assert box.titles(f"::{ROOT} ~ root()") == ["q3", "q1"]
    assert box.titles(f"::{FORK} ~ root()") == ["q4", "q1"]
    assert sorted(box.titles("heads(all())")) == ["q2", "q3", "q4"]
    assert sorted(one["name"] for one in box.json("session list")) == [ROOT, FORK]
    for path in paths:
        box.ok(f"export --source {path} -o out --force")
        assert (box.folder / "out").read_bytes() == path.read_bytes()
    assert "nothing new" in box.wj(f"import {box.folder / 'sessions'} --check")
    assert box.json(f"show {FORK}")[0]["messages"] == 4
    fsck(box.repo)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_the_rows_before_come_from_the_files_that_are_imported_with_it(
    box: Sandbox, order: tuple[int, ...]
) -> None:
    paths = files(box.folder)
    box.ok("init")
    said = box.wj("import " + " ".join(str(paths[place]) for place in order))
    assert "Warning" not in said
    check(box, paths)


def test_the_files_that_a_file_goes_on_from_are_imported_first_where_they_are_near(
    box: Sandbox,
) -> None:
    paths = files(box.folder)
    box.ok("init")
    assert "Warning" not in box.wj(f"import {paths[2]}")
    check(box, paths)


def test_the_rows_before_come_from_what_was_imported_earlier(box: Sandbox) -> None:
    paths = files(box.folder)
    box.ok("init")
    box.ok(f"import {paths[0]}")
    gone = paths[0].read_bytes()
    paths[0].unlink()
    assert "Warning" not in box.wj(f"import {paths[1]}")
    assert "Warning" not in box.wj(f"import {paths[2]}")
    paths[0].write_bytes(gone)
    check(box, paths)


def test_what_the_agent_adds_to_such_a_file_goes_on_there(box: Sandbox) -> None:
    paths = files(box.folder)
    box.ok("init")
    box.ok(f"import {paths[2]}")
    more = rollout(test_codex.turn(5), 12)
    for path in paths[1:]:
        path.write_bytes(path.read_bytes() + more)
        paths[0].unlink(missing_ok=True)
        box.ok(f"import {path}")
    assert box.titles(f"::{ROOT} ~ root()") == ["q5", "q3", "q1"]
    assert box.titles(f"::{FORK} ~ root()") == ["q5", "q4", "q1"]
    made = box.json(f"resume {FORK}")
    rows = [json.loads(line) for line in Path(made["path"]).read_bytes().splitlines()]
    assert [row["ordinal"] for row in rows] == list(range(len(rows)))
    assert [row["payload"]["content"][0]["text"] for row in rows
            if row["payload"].get("role") == "user"] == ["q1", "q4", "q5"]  # fmt: skip
    assert "history_base" not in rows[0]["payload"]


def test_a_file_that_goes_on_inside_a_turn_gets_the_first_messages_of_that_turn(
    box: Sandbox,
) -> None:
    root = rollout([meta(ROOT), *test_codex.turn(1), *test_codex.turn(2)])
    fork = rollout([meta(FORK, (ROOT, root, 7), forked_from_id=ROOT), *test_codex.turn(3)], 7)
    box.file(f"rollout-{ROOT}.jsonl", root)
    path = box.file(f"rollout-{FORK}.jsonl", fork)
    box.ok("init")
    box.ok(f"import {path}")
    assert box.titles(f"::{FORK} ~ root()") == ["q3", "q2", "q1"]
    assert box.json(f"show {FORK}")[0]["messages"] == 5


def test_files_that_go_on_from_each_other_are_imported_as_they_are(box: Sandbox) -> None:
    base = {"thread_id": REVERT, "end_ordinal_exclusive": 5, "end_byte_offset": 100}
    other = {**base, "thread_id": ROOT}
    one = rollout([test_codex.row("session_meta", **test_codex.META, history_base=base),
                   *test_codex.turn(1)])  # fmt: skip
    two = rollout([test_codex.row("session_meta", **{**test_codex.META, "id": FORK},
                                  history_base=other), *test_codex.turn(2)])  # fmt: skip
    box.file(f"rollout-{ROOT}.jsonl", one)
    box.file(f"rollout-{REVERT}.jsonl", two)
    box.ok("init")
    said = box.wj(f"import rollout-{ROOT}.jsonl")
    assert said.count("Warning") == 2
    assert sorted(box.titles("heads(all())")) == ["q1", "q2"]


def test_a_base_whose_bytes_are_others_is_not_taken(box: Sandbox) -> None:
    paths = files(box.folder)
    paths[0].write_bytes(paths[0].read_bytes().replace(b'"q1"', b'"longer"'))
    box.ok("init")
    assert "Warning" in box.wj(f"import {paths[1]}")
