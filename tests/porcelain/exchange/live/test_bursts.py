"""A burst ends when its file pauses, and a costly file waits until it is paid for."""

from __future__ import annotations

from porcelain.exchange.live.bursts import Bursts
from porcelain.index.source_rows import FileState


def state(size: int) -> FileState:
    return FileState(size, size, size, 1)


def test_a_burst_ends_after_a_second_without_a_change() -> None:
    bursts = Bursts()
    bursts.see("a", state(1), 0.0)
    bursts.see("a", state(2), 0.8)
    bursts.see("a", state(2), 1.5)  # nothing has changed
    assert bursts.take_due(1.7) == []
    assert bursts.take_due(1.8) == ["a"]
    assert bursts.take_due(99.0) == []


def test_a_file_that_never_pauses_is_taken_every_ten_seconds() -> None:
    bursts = Bursts()
    taken = []
    for tenth in range(301):
        bursts.see("a", state(tenth), tenth / 10)
        taken += [tenth / 10] * len(bursts.take_due(tenth / 10))
    assert len(taken) == 2
    assert taken[0] == 10.0


def test_what_ended_first_is_taken_first() -> None:
    bursts = Bursts()
    bursts.see("later", state(1), 0.5)
    bursts.see("first", state(1), 0.0)
    assert bursts.next_due(0.5) == 0.5
    assert bursts.take_due(2.0) == ["first", "later"]
    assert bursts.is_idle


def test_a_hurried_file_waits_for_nothing() -> None:
    bursts = Bursts()
    bursts.hurry("a", 5.0)
    assert bursts.take_due(5.0) == ["a"]


def test_a_deleted_file_is_waited_for_no_longer() -> None:
    bursts = Bursts()
    bursts.see("a", state(1), 0.0)
    assert not bursts.see("a", None, 0.5)
    assert bursts.take_due(9.0) == []
    assert bursts.see("a", state(1), 10.0)  # written again


def test_a_costly_file_takes_a_small_share_of_a_core_and_delays_no_other() -> None:
    bursts = Bursts()
    imports = 0
    for tick in range(6000):  # ten minutes, a poke every tenth of a second
        now = tick / 10
        bursts.see("huge", state(tick), now)
        bursts.hurry("huge", now)
        due = bursts.take_due(now)
        imports += len(due)
        for path in due:
            bursts.spend({path: 1}, 5.0, now)
        if tick == 100:
            bursts.see("small", state(1), now)
            assert bursts.take_due(now + 1) == ["small"]
            assert bursts.owes(now)
    assert imports * 5.0 <= 600 * 0.05
    assert imports > 2
    assert not bursts.owes(9000.0)
