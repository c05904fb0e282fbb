"""Data that is about to leave the machine is searched for secrets."""

from __future__ import annotations

import json

import pytest

from porcelain.maintenance.redacting.redact_json import redacted_row
from porcelain.maintenance.redacting.secret_patterns import Secrets
from porcelain.maintenance.redacting.secret_scan import secrets_in_row, secrets_in_text

TOKEN = "gh" + "p_" + "a1B2" * 9
RANDOM = "q8Zr2Lm9Xv4Tn6Bw1Ys5Kd7Hc3Jf0Pg"


def row(**members: object) -> bytes:
    return json.dumps({"role": "user", **members}).encode()


def test_a_secret_is_named_by_its_first_characters_and_once() -> None:
    assert secrets_in_row(row(content=f"use {TOKEN}, I said {TOKEN}")) == ["ghp_…"]
    assert secrets_in_text(f"deploy with {TOKEN}") == ["ghp_…"]


def test_json_in_a_string_is_searched_as_deep_as_redact_searches() -> None:
    inner = json.dumps({"body": json.dumps({"password": "correct-horse-9"})})

    assert secrets_in_row(row(arguments=inner)) == ["corr…"]


@pytest.mark.parametrize(
    "members",
    [
        {"signature": TOKEN},
        {"content": [{"type": "thinking", "encrypted_content": TOKEN}]},
        {"source": {"type": "base64", "data": "AKIA" + "A" * 16 + "/" + "iVBORw0KGgo" * 30}},
        {"content": f"the token is {RANDOM}"},
        {"content": f"token={RANDOM}"},
    ],
)
def test_opaque_fields_and_random_words_stop_nothing(members: dict[str, object]) -> None:
    assert secrets_in_row(row(**members)) == []


def test_redact_removes_all_that_is_found() -> None:
    data = row(content=f"{TOKEN} and postgres://me:hunter22@db/x", env={"api_key": "abcdefgh1"})

    assert len(secrets_in_row(data)) == 3
    assert secrets_in_row(redacted_row(data, Secrets()) or b"") == []
