"""`wj evolog`."""

from __future__ import annotations

import json

from porcelain.model.actor import Actor
from porcelain.repo.repo import Repo
from store.objects.commit import read_commit
from tests.porcelain.cli.sandbox import Sandbox

ACTOR = Actor("Ada", "ada@example.org", "ada", "host", lambda: 0, lambda: 1_773_313_200_000, bytes)
DOCUMENT = {
    "id": "talk",
    "model": "m",
    "created_at": "2026-01-01T00:00:00+00:00",
    "updated_at": "2026-01-01T00:00:00+00:00",
    "messages": [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hi"}],
}


def save(box: Sandbox, *words: str, **more: object) -> None:
    """Save the document with other fields."""
    box.file("talk.json", json.dumps(DOCUMENT | more).encode())
    box.ok(" ".join(["save talk.json", *words]))


def begin(box: Sandbox) -> None:
    """Make a change of three versions."""
    box.ok("init")
    save(box)
    save(box, notes="first")
    save(box, notes="second")


def shown(box: Sandbox, line: str) -> str:
    """Return the output of a command, with ids numbered."""
    box.ids.clear()
    return box.wj(line)


def squash(box: Sandbox) -> None:
    """Squash `@` into its parent."""
    repo = Repo.open(str(box.repo), ACTOR)
    tip, parent = repo.resolve("@"), repo.resolve("@-")
    with repo.transaction("squash") as tx:
        above, below = (read_commit(tx.batch, one) for one in (tip, parent))
        new = below._replace(tree=above.tree, message="more\n", committer=tx.signature())
        tx.write(new, [parent, tip])


def test_versions_with_what_made_them_and_what_was_squashed_in_beside(box: Sandbox) -> None:
    begin(box)
    box.ok("append -m more")
    squash(box)
    box.ok("describe -m title")
    assert shown(box, "evolog") == (
        "@  omrzzpmq m 2026-03-12 10:00:02 talk 3 messages c1......\n"
        "│  title\n"
        "│  -- operation c2.......... describe commit c3......................................\n"
        "○    omrzzpmq/1 m 2026-03-12 10:00:02 3 messages c3...... (hidden)\n"
        "├─╮  more\n"
        "│ │  -- operation c4.......... squash\n"
        "│ ○  xrmowkpk/0 m 2026-03-12 10:00:05 3 messages c5...... (hidden)\n"
        "│    more\n"
        "│    -- operation c6.......... append 1 message\n"
        "○  omrzzpmq/2 m 2026-03-12 10:00:02 2 messages c7...... (hidden)\n"
        "│  hello\n"
        "│  -- operation c8.......... save talk\n"
        "○  omrzzpmq/3 m 2026-03-12 10:00:02 2 messages c9...... (hidden)\n"
        "│  hello\n"
        "│  -- operation c10......... save talk\n"
        "○  omrzzpmq/4 m 2026-03-12 10:00:02 2 messages c11..... (hidden)\n"
        "   hello\n"
        "   -- operation c12......... save talk\n"
    )


def test_each_version_is_compared_with_the_one_before(box: Sandbox) -> None:
    begin(box)
    box.ok("describe -m title")
    assert shown(box, "evolog -p") == (
        "@  omrzzpmq m 2026-03-12 10:00:02 talk 2 messages c1......\n"
        "│  title\n"
        "│  -- operation c2.......... describe commit c3......................................\n"
        "│  Changed description:\n"
        "│  + title\n"
        "○  omrzzpmq/1 m 2026-03-12 10:00:02 2 messages c3...... (hidden)\n"
        "│  hello\n"
        "│  -- operation c4.......... save talk\n"
        '│  Changed notes: "first" -> "second"\n'
        "○  omrzzpmq/2 m 2026-03-12 10:00:02 2 messages c5...... (hidden)\n"
        "│  hello\n"
        "│  -- operation c6.......... save talk\n"
        '│  Changed notes: null -> "first"\n'
        "○  omrzzpmq/3 m 2026-03-12 10:00:02 2 messages c7...... (hidden)\n"
        "   hello\n"
        "   -- operation c8.......... save talk\n"
        "   + 1 user\n"
        "       hello\n"
        "   + 2 assistant\n"
        "       hi\n"
    )


def test_what_is_left_after_operations_were_abandoned(box: Sandbox) -> None:
    begin(box)
    box.ok("op abandon ..@-")
    assert shown(box, "evolog -p") == (
        "@  omrzzpmq m 2026-03-12 10:00:02 talk 2 messages c1......\n"
        "│  hello\n"
        "│  -- operation c2.......... save talk\n"
        '│  Changed notes: "first" -> "second"\n'
        "○  omrzzpmq/1 m 2026-03-12 10:00:02 2 messages c3...... (hidden)\n"
        "   hello\n"
        "   + 1 user\n"
        "       hello\n"
        "   + 2 assistant\n"
        "       hi\n"
    )


def test_the_limit_counts_from_the_newest_whatever_comes_first(box: Sandbox) -> None:
    begin(box)
    ids = 'evolog -T \'change_id.short(4) ++ " " ++ operation.id().short(3) ++ "\\n"\''
    newest = box.ok(f"{ids} -G").splitlines()
    assert box.ok(f"{ids} -G -n 2").splitlines() == newest[:2]
    assert box.ok(f"{ids} -G -n 2 --reversed").splitlines() == newest[1::-1]
    assert box.ok(f"{ids} -n 2 --reversed") == f"○  {newest[1]}\n@  {newest[0]}\n"
    assert box.ok("evolog -n 0") == ""


def test_reversed_turns_the_graph_round(box: Sandbox) -> None:
    begin(box)
    box.ok("append -m more")
    squash(box)
    assert box.wj("evolog --reversed -T 'operation.description()'") == (
        "○  save talk\n○  save talk\n○  save talk\n│ ○  append 1 message\n├─╯\n@  squash\n"
    )


def test_the_evolution_of_several_commits(box: Sandbox) -> None:
    begin(box)
    box.ok("append -m more")
    shown = "evolog -G -T 'operation.description() ++ \"\\n\"'"
    assert box.ok(f"{shown} -r @ -r @-").splitlines() == ["append 1 message", *["save talk"] * 3]
    assert box.ok(f"{shown} -r 'none()'") == ""
    assert box.wj("evolog -p -r 'root()'") == "◆  zzzzzzzz root() 00000000\n"
    assert box.wj("evolog -r 'root()' -T 'operation.id()'") == (
        "◆  <Error: No Operation available>\n"
    )


def test_templates_know_commit_and_operation(box: Sandbox) -> None:
    begin(box)
    assert box.wj("evolog -n 1 -T 'commit.description().first_line()'") == "@\n"
    assert shown(box, "evolog -n 1 -T 'commit.commit_id().short(8)'") == "@  c1......\n"
    assert box.wj("evolog -n 1 -T 'operation.kind()'") == "@  save\n"
    failed = box.run("evolog", "-T", "operation.nonsense()")
    assert failed.code == 1
    assert "Method `nonsense` doesn't exist for type `Operation`" in failed.err


def test_versions_as_data(box: Sandbox) -> None:
    begin(box)
    found = box.json("evolog -p")
    assert [one["commit"]["hidden"] for one in found] == [False, True, True]
    assert [one["operation"]["kind"] for one in found] == ["save"] * 3
    following = [[one["commit"]["commit_id"]] for one in found[1:]]
    assert [one["predecessors"] for one in found] == [*following, []]
    assert found[0]["diff"] == {
        "description": None,
        "fields": {"notes": {"before": "first", "after": "second"}},
        "rows": [],
    }
    rows = found[2]["diff"]["rows"]
    assert [(row["before"], row["after"]["text"]) for row in rows] == [
        (None, "hello"),
        (None, "hi"),
    ]
    assert "diff" not in box.json("evolog")[0]


def test_another_name(box: Sandbox) -> None:
    begin(box)
    assert box.wj("evolution-log") == box.wj("evolog")


def test_a_new_change_id_keeps_the_old_ones_as_versions(box: Sandbox) -> None:
    begin(box)
    box.ok("append -m more")
    old = box.one("@-")
    box.ok("metaedit -r @- --update-change-id")
    new = box.one("@-")
    assert new["change_id"] != old["change_id"]
    found = box.json("evolog -r @-")
    assert [one["commit"]["change_id"] for one in found] == [
        new["change_id"],
        *[old["change_id"]] * 3,
    ]
    moved = box.json("evolog -p -r @")
    assert [one["diff"]["rows"] == [] for one in moved] == [True, False], "it was only rebased"


def test_concurrent_versions_are_both_there(box: Sandbox) -> None:
    begin(box)
    box.ok("describe -m one")
    box.ok("describe -m two --at-op @-")
    found = [one["commit"]["title"] for one in box.json("evolog -r @")]
    both = [one["title"] for one in box.json("log -r 'all() ~ root()'")]
    assert sorted(both) == ["one", "two"]
    assert found[0] in both
    assert found[1:] == ["hello"] * 3


def test_the_past_shows_what_there_was(box: Sandbox) -> None:
    begin(box)
    then = box.json("evolog --at-op @-")
    now = box.json("evolog")
    assert [one["commit"]["commit_id"] for one in then] == [
        one["commit"]["commit_id"] for one in now[1:]
    ]


def test_a_new_index_numbers_versions_alike(box: Sandbox) -> None:
    begin(box)
    box.ok("append -m more")
    squash(box)
    before = shown(box, "evolog")
    for file in box.repo.glob("store-index.sqlite*"):
        file.unlink()
    assert shown(box, "evolog") == before


def test_a_new_index_tells_which_operations_moved_a_session(box: Sandbox) -> None:
    begin(box)
    box.ok("fork talk other")
    box.ok("append -m more")
    box.ok("new root()")
    box.ok("undo")
    before = {name: box.json(f"op log --session {name}") for name in ("talk", "other")}
    assert [len(found) for found in before.values()] == [3, 2]
    for file in box.repo.glob("store-index.sqlite*"):
        file.unlink()
    for name, found in before.items():
        assert box.json(f"op log --session {name}") == found


def test_a_template_shows_what_differs_from_the_versions_before(box: Sandbox) -> None:
    box.begin(1)
    box.ok("describe -m 'a title'")

    shown = box.ok("evolog -n 1 -G -T 'predecessors.len() ++ operation.kind() ++ inter_diff()'")

    assert shown.startswith("1describeChanged description:")
