"""Promise: what once broke the round trip does not break it again.

Each sequence was found by the state machine of `test_round_trip_laws`, and made as short as it gets.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.promises.round_trip.test_round_trip_laws import RoundTrips

Step = tuple[str, dict[str, Any]]

GROW = {"how": "turn", "then": ""}
EXPORT = {"grow": False, "own_name": False}
FOUND: dict[str, list[Step]] = {
    "a fork of a file that was moved is no new state of it": [
        ("append", {"pick": 0}),
        ("cut", {"grow": False, "pick": 0, "place": 0, "then": ""}),
        ("agents_fork", {"grow": False, "how": "branch", "pick": 0, "then": ""}),
        ("grow", {**GROW, "pick": 13, "then": "load all"}),
        ("abandon", {"pick": 23}),
        ("delete", {"pick": 0}),
        ("change", {"how": "remove", "pick": 28, "place": 9, "then": ""}),
        ("move", {"pick": 24, "then": ""}),
        ("agents_fork", {"grow": False, "how": "fork-session", "pick": 5, "then": ""}),
    ],
    "the exported file of a fork that was forked again is the fork's": [
        ("fork", {"pick": 0}),
        ("fork", {"pick": 5}),
        ("export", {**EXPORT, "pick": 13}),
    ],
    "a file that was imported by file is rewound": [
        ("load_all", {"by": "file"}),
        ("rewind", {"pick": 0, "place": 0, "then": ""}),
    ],
    "an agent's fork with a title of its own is rewound": [
        ("start", {}),
        ("agents_fork", {"grow": True, "how": "sdk", "pick": 24, "then": ""}),
        ("tear", {"pick": 22, "then": "load all"}),
        ("rewind", {"pick": 24, "place": 29, "then": ""}),
        ("rewind", {"pick": 24, "place": 29, "then": ""}),
    ],
    "a turn whose earlier turns were all abandoned does not bring them back": [
        ("rewind", {"pick": 0, "place": 14, "then": ""}),
        ("start", {}),
        ("cut", {"grow": True, "pick": 20, "place": 15, "then": "load"}),
        ("abandon", {"pick": 9}),
        ("rewind", {"pick": 12, "place": 19, "then": "load"}),
        ("abandon", {"pick": 18}),
        ("cut", {"grow": True, "pick": 12, "place": 15, "then": ""}),
    ],
    "an older copy of a redacted file is not new": [
        ("copy", {"how": "copy", "pick": 1, "then": "load"}),
        ("move", {"pick": 23, "then": ""}),
        ("redact", {"pick": 21, "place": 21, "purge": 4}),
        ("cut", {"grow": True, "pick": 18, "place": 28, "then": ""}),
    ],
    "a copied turn of an agent's fork is edited": [
        ("agents_fork", {"grow": False, "how": "sdk", "pick": 0, "then": "load all"}),
        ("change", {"how": "edit", "pick": 17, "place": 0, "then": ""}),
    ],
    "a copied turn of an agent's fork that went on is edited": [
        ("agents_fork", {"grow": True, "how": "sdk", "pick": 0, "then": "load all"}),
        ("change", {"how": "edit", "pick": 17, "place": 0, "then": ""}),
    ],
    "a fork is imported with the growth of its original": [
        ("export", {"grow": False, "own_name": True, "pick": 10}),
        ("tear", {"pick": 6, "then": ""}),
        ("delete", {"pick": 24}),
        ("tear", {"pick": 26, "then": ""}),
        ("agents_fork", {"grow": False, "how": "fork-session", "pick": 21, "then": ""}),
    ],
    "a message is appended behind a damaged row": [
        ("tear", {"pick": 10, "then": ""}),
        ("tear", {"pick": 11, "then": ""}),
        ("append", {"pick": 8}),
    ],
    "an edited copy does not move what is left of the original": [
        ("grow", {**GROW, "pick": 0}),
        ("fork", {"pick": 0}),
        ("export", {"grow": False, "own_name": True, "pick": 19}),
        ("export", {"grow": False, "own_name": True, "pick": 17}),
        ("undo", {}),
        ("abandon", {"pick": 25}),
        ("load", {"by": "turn", "pick": 16}),
        ("change", {"how": "edit", "pick": 16, "place": 25, "then": ""}),
    ],
    "what was abandoned is not back because a copy still has it": [
        ("grow", {**GROW, "pick": 0, "then": "load"}),
        ("change", {"how": "edit", "pick": 0, "place": 0, "then": ""}),
        ("load", {"by": "turn", "pick": 0}),
        ("fork", {"pick": 0}),
        ("export", {**EXPORT, "pick": 19}),
        ("export", {**EXPORT, "pick": 17}),
        ("undo", {}),
        ("undo", {}),
        ("abandon", {"pick": 0}),
        ("load", {"by": "turn", "pick": 16}),
    ],
}


@pytest.mark.parametrize("kind", FOUND)
def test_a_sequence_that_once_broke_the_round_trip(kind: str) -> None:
    machine = RoundTrips()
    machine.begin(thorough=False)
    for step, values in FOUND[kind]:
        getattr(machine, step)(**values)
    machine.teardown()
