from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from porcelain.transcript.errors import NoMessages
from porcelain.transcript.formats import detect, read_conversations, read_transcript
from store.document.agent_facts import AgentFacts
from store.errors import InvalidSession
from tests.harness.places import REAL_FILES, needs_real_files
from tests.porcelain.transcript.lines.rows import said, shape

SCHEMA = """
    CREATE TABLE `session` (`id` text, `parent_id` text, `title` text, `directory` text,
        `version` text, `time_created` integer, `time_updated` integer, `revert` text);
    CREATE TABLE `message` (`id` text, `session_id` text, `time_created` integer, `data` text);
    CREATE TABLE `part` (`id` text, `message_id` text, `data` text);
    CREATE TABLE `account` (`secret` text);
    INSERT INTO `account` VALUES ('hunter2');
"""


class Database:
    """A database in the making."""

    def __init__(self, path: Path, schema: str = SCHEMA) -> None:
        self.path = path
        self.file = sqlite3.connect(path)
        self.file.executescript(schema)

    def session(self, native: str, *texts: str, revert: str | None = None) -> None:
        row = (native, None, "Birds", "/srv/demo", "1.18", 1_700_000_000_000, 0, revert)
        self.file.execute("INSERT INTO session VALUES (?,?,?,?,?,?,?,?)", row)
        for number, text in enumerate(texts):
            role = "assistant" if number % 2 else "user"
            self.message(native, f"msg_{native}_{number}", number, {"role": role}, text)
        self.file.commit()

    def message(self, session: str, name: str, time: int, data: Any, text: str) -> None:
        row = (name, session, time, data if isinstance(data, str) else json.dumps(data))
        self.file.execute("INSERT INTO message VALUES (?,?,?,?)", row)
        part = json.dumps({"type": "text", "text": text})
        self.file.execute("INSERT INTO part VALUES (?,?,?)", (f"prt_{name}", name, part))

    def data(self) -> bytes:
        return self.path.read_bytes()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "opencode.db")


def test_each_session_is_read_as_its_export(database: Database) -> None:
    database.session("ses_1", "hello", "hi", "bye", revert='{"messageID":"x"}')
    database.session("ses_2", "other")
    assert detect(database.data(), "-") == "opencode"
    for source in (str(database.path), "opencode.db"):
        first, second = read_conversations(database.data(), source)
        assert (first.native_id, second.native_id) == ("ses_1", "ses_2")
        assert first.facts == AgentFacts("Birds", "/srv/demo", "", "1.18")
        assert said(first.rows) == [("user", "hello"), ("assistant", "hi"), ("user", "bye")]
        assert shape(first) == [((0, 1), None), ((2,), 0)]
        document = json.loads(first.to_bytes())
        assert document["info"]["revert"] == {"messageID": "x"}
        assert document["messages"][0]["info"]["sessionID"] == "ses_1"
        again = read_transcript(first.to_bytes(), "export.json")
        assert [row.key for row in again.rows] == [row.key for row in first.rows]
        assert b"hunter2" not in first.to_bytes()
    with pytest.raises(InvalidSession, match="2 conversations, not one"):
        read_transcript(database.data(), "opencode.db")


def test_a_new_database_is_all_in_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "opencode.db"
    file = sqlite3.connect(path)
    file.execute("PRAGMA journal_mode=WAL")
    file.close()
    database = Database(path)
    database.session("ses_1", "hello", "hi")
    assert b"CREATE TABLE" not in path.read_bytes()
    assert detect(path.read_bytes(), str(path)) == "opencode"
    assert detect(path.read_bytes(), "opencode.db") == "opencode"
    (found,) = read_conversations(path.read_bytes(), str(path))
    assert said(found.rows) == [("user", "hello"), ("assistant", "hi")]
    with pytest.raises(InvalidSession, match="an SQLite database"):
        detect(path.read_bytes(), "other.db")


def test_what_stands_in_the_journal_is_read_too(database: Database) -> None:
    database.file.execute("PRAGMA journal_mode=WAL")
    database.session("ses_1", "hello")
    assert len(read_conversations(database.data(), str(database.path))) == 1


def test_a_session_without_messages_is_none(database: Database) -> None:
    database.session("ses_1")
    assert read_conversations(database.data(), "opencode.db") == []
    with pytest.raises(NoMessages):
        read_transcript(database.data(), "opencode.db")


@pytest.mark.parametrize("data", ["[]", "{", "7", ""])
def test_a_column_that_is_no_object_refuses_the_database(database: Database, data: str) -> None:
    database.session("ses_1", "hello")
    database.message("ses_1", "msg_9", 9, data, "x")
    database.file.commit()
    with pytest.raises(InvalidSession, match="data of msg_9 is no JSON object"):
        read_conversations(database.data(), "opencode.db")


def test_another_schema_and_damage_are_refused(tmp_path: Path) -> None:
    other = Database(tmp_path / "a.db", SCHEMA.replace("`revert` text", "`undone` text"))
    with pytest.raises(InvalidSession, match=r"a\.db: the database cannot be read: no such column"):
        read_conversations(other.data(), str(other.path))
    cut = Database(tmp_path / "b.db")
    cut.session("ses_1", *(str(number) * 2000 for number in range(20)))
    with pytest.raises(InvalidSession, match="the database cannot be read"):
        read_conversations(cut.data()[:9000], "b.db")


def test_a_locked_database_is_read_and_nothing_appears_beside_it(database: Database) -> None:
    database.file.execute("PRAGMA journal_mode = WAL")
    database.session("ses_1", "only in the journal")
    database.file.execute("BEGIN EXCLUSIVE")
    before = sorted(one.name for one in database.path.parent.iterdir())

    found = read_conversations(database.data(), str(database.path))

    assert [one.native_id for one in found] == ["ses_1"]
    assert sorted(one.name for one in database.path.parent.iterdir()) == before


@needs_real_files
def test_opencodes_own_database_and_export_share_their_rows() -> None:
    folder = REAL_FILES / "more" / "opencode" / "made-1.18.33"
    path = folder / "opencode-reverted.db"
    first = read_conversations(path.read_bytes(), str(path))[0]
    export = read_transcript((folder / "export.json").read_bytes(), "export.json")
    assert export.native_id == first.native_id
    assert [row.key for row in export.rows[:2]] == [row.key for row in first.rows[:2]]


def test_messages_that_a_prompt_after_a_revert_removed_are_a_branch(database: Database) -> None:
    database.session("ses_1", "one", "two")
    database.file.execute(
        "CREATE TABLE event (aggregate_id text, seq integer, type text, data text)"
    )
    for number, (name, role, text) in enumerate(
        [("msg_ses_1_0", "user", "one"), ("m2", "user", "gone"), ("m3", "assistant", "too")]
    ):
        info = {"id": name, "sessionID": "ses_1", "role": role, "time": {"created": number + 3}}
        part = {"id": f"p{number}", "messageID": name, "type": "text", "text": text}
        events: list[tuple[str, dict[str, Any]]] = [("message.updated.1", {"info": {**info, "old": 1}}),
                  ("message.updated.1", {"info": info}),
                  ("message.part.updated.1", {"part": {**part, "text": "half"}}),
                  ("message.part.updated.1", {"part": part})]  # fmt: skip
        for kind, data in events:
            row = ("ses_1", number, kind, json.dumps({"sessionID": "ses_1", **data}))
            database.file.execute("INSERT INTO event VALUES (?,?,?,?)", row)
    database.file.execute("INSERT INTO event VALUES ('ses_1', 9, 'message.updated.1', 'no JSON')")
    database.message("ses_1", "msg_ses_1_9", 9, {"role": "user"}, "instead")
    database.file.commit()

    (found,) = read_conversations(database.data(), str(database.path))

    assert said(found.rows) == [("user", "one"), ("assistant", "two"), ("user", "gone"),
                                ("assistant", "too"), ("user", "instead")]  # fmt: skip
    assert shape(found) == [((0, 1), None), ((2, 3), 0), ((4,), 0)]
    assert "old" not in json.loads(found.rows[2].raw)["info"]
    again = read_transcript(found.to_bytes(), "export.json")
    assert shape(again) == shape(found)
