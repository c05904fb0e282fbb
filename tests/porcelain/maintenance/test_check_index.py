"""The doctor finds every forged column of the index; a repair rebuilds it."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from porcelain.index.view_rows import TABLES
from store import SessionStore
from store.index.database_file import _TABLES
from tests.harness.world import World, chat, check
from tests.porcelain.actions.importing.test_import_transcript import turns
from tests.porcelain.maintenance.test_doctor import begun, found, run_repair

# Positions, and what is known of files: forging these makes a command look again, or fails.
_NOT_FACTS = (
    *("loose", "folders", "moved", "roots_of", "log_gaps", "unsettled", "meta", "stale_tips"),
    *("source_files", "indexed_sources"),
    # What only `SessionStore` asks for; messages are looked at again when they are found.
    *("session_log", "message_keys", "message_scans"),
)
_POSITIONS = ("pos", "seq", "parent", "child")


def columns() -> list[tuple[str, str]]:
    """Return (table, column) for all tables that hold facts of the repository."""
    with closing(sqlite3.connect(":memory:")) as memory:
        memory.executescript(_TABLES + TABLES)
        tables = memory.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return [
            (table, row[1])
            for (table,) in tables
            if table not in _NOT_FACTS
            for row in memory.execute(f"PRAGMA table_info({table})")
            if row[1] not in (*_POSITIONS, "read")
            if (table, row[1]) != ("refs", "problem")  # such a ref is read again each time
        ]


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = begun(tmp_path / "r.git")
    world.repo().undo()
    world.load(turns(2).data())
    world.store().save(chat("fw", "from outside"))
    time.sleep(0.05)  # refs younger than the clock's grain would be read again each time
    World(world.path, make=False).open().index.close()
    with SessionStore.open(world.path, fields=("model",)) as listing:
        listing.sessions()
    return world


def forge(world: World, table: str, column: str) -> bool:
    """Change one value of a column; tell whether there was one."""
    with closing(sqlite3.connect(world.path / "store-index.sqlite")) as file:
        value = file.execute(
            f"SELECT rowid, {column} FROM {table} ORDER BY 2 DESC LIMIT 1"
            if table in ("commits", "changes", "operations")
            else f"SELECT 0, {column} FROM {table} ORDER BY 2 DESC LIMIT 1"
        ).fetchone()
        if value is None:
            return False
        old = value[1]
        if old is None:
            new: object = "forged"
        elif isinstance(old, int):
            new = 1 - old if old in (0, 1) else old + 7
        elif isinstance(old, bytes):
            new = old[:-1] + bytes([old[-1] ^ 1])
        else:
            new = f"{old[:-1]}{'0' if old[-1:] != '0' else '1'}"
        where = f"{column} IS ?"
        keys = file.execute(f"SELECT COUNT(*) FROM {table} WHERE {where}", (old,)).fetchone()[0]
        if keys > 1 and table in ("commits", "changes", "operations"):
            key = {"operations": "seq"}.get(table, "pos")
            file.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (new, value[0]))
        else:
            file.execute(f"UPDATE OR IGNORE {table} SET {column} = ? WHERE {where}", (new, old))
        file.commit()
        return file.total_changes > 0


@pytest.mark.parametrize(("table", "column"), columns(), ids=lambda one: one)
def test_a_forged_column_is_found_and_repaired(world: World, table: str, column: str) -> None:
    assert found(world) == {}
    if not forge(world, table, column):
        pytest.fail("no row of this table here")

    assert found(world)["index"]
    run_repair(world)
    assert found(world) == {}
    World(world.path, make=False, seed="later").new("root()")
    check(World(world.path, make=False))


def test_operations_in_another_order_are_found(world: World) -> None:
    with closing(sqlite3.connect(world.path / "store-index.sqlite")) as file:
        file.execute("UPDATE operations SET seq = -seq")
        file.commit()

    assert found(world)["index"]


def test_an_older_index_that_knows_unreachable_commits_is_sound(world: World) -> None:
    world.git("update-ref", "-d", "refs/sessions/side")
    world.new("root()")

    assert found(world) == {}
