"""The texts and rows that redaction matches, and those that it leaves unchanged."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.errors import Refused
from porcelain.maintenance.redacting.redact_json import redacted_row, redacted_text
from porcelain.maintenance.redacting.redact_trees import Transcripts
from porcelain.maintenance.redacting.redaction import Redaction
from porcelain.maintenance.redacting.secret_patterns import Secrets
from porcelain.maintenance.redacting.text_pattern import TextPattern
from porcelain.model.redacted_row import PLACEHOLDER, is_redacted_form, placeholder_row
from store.document.pawan_schema import check_message
from store.ids import TreeId
from store.objects.tree import FILE, TREE, TreeEntry, read_tree, write_tree
from store.repository.pack_writer import ObjectBatch
from store.repository.repository import Repository
from store.session.session import Session
from store.tree_layout.layout import read_session, write_session


def redact(row: str, pattern: str) -> str | None:
    made = redacted_row(row.encode(), TextPattern.parse(pattern))
    return None if made is None else made.decode()


def secrets(text: str) -> str:
    return redacted_text(text, lambda part: Secrets().find(part, "")) or text


@pytest.mark.parametrize(
    ("row", "pattern", "expected"),
    [
        ('{"a": "x hunter2 y"}', "hunter2", '{"a": "x [redacted] y"}'),
        ('{ "a" :"hunter2hunter2" , "n": 1.50}', "hunter2", None),
        ('{"hunter2":1,"a hunter2":2}', "hunter2", '{"[redacted]":1,"a [redacted]":2}'),
        ('{"hunter1":1,"hunter2":2}', "regex:hunter.", '{"[redacted]":1,"[redacted] 2":2}'),
        ('{"a":"caf\\u00e9 \\ud83d\\ude00!"}', "é 😀", '{"a":"caf[redacted]!"}'),
        ('{"a":"{\\"b\\":\\"caf\\\\u00e9\\"}"}', "café", '{"a":"{\\"b\\":\\"[redacted]\\"}"}'),
        ('{"a":"one\\ntwo"}', "one\ntwo", '{"a":"[redacted]"}'),
        ('{"a":"{\\"b\\":\\"one\\\\ntwo\\"}"}', "one\ntwo", '{"a":"{\\"b\\":\\"[redacted]\\"}"}'),
        ('{"a":"C:\\\\temp\\\\x"}', "substring:C:\\temp", '{"a":"[redacted]\\\\x"}'),
        ('{"a":"key","b":"a key"}', "exact:key", '{"a":"[redacted]","b":"a key"}'),
        ('{"a":"a-1-z","b":"a-1-z!"}', "glob:a*z", '{"a":"[redacted]","b":"a-1-z!"}'),
        ('{"a":"HunTer2"}', "substring-i:hunter2", '{"a":"[redacted]"}'),
        ('{"a":"id 4711, 12"}', "regex:[0-9]{4}", '{"a":"id [redacted], 12"}'),
        ('{"phone":4915112345678}', "4915112345678", '{"phone":0}'),
        ("torn {hunter2", "hunter2", "torn {[redacted]"),
        ('{"a":"nothing"}', "hunter2", None),
    ],
)
def test_exactly_what_is_found_is_replaced(row: str, pattern: str, expected: str | None) -> None:
    made = redact(row, pattern)
    if expected is None and "hunter2" in row:
        expected = row.replace("hunter2", PLACEHOLDER)
    assert made == expected


def test_what_says_what_a_row_is_stays() -> None:
    row = json.dumps(
        {"type": "user", "message": {"role": "user", "content": "the user's text and content"}}
    )
    made = json.loads(redact(redact(row, "user") or "", "content") or "")
    assert made == {
        "type": "user",
        "message": {"role": "user", "content": "the [redacted]'s text and [redacted]"},
    }


def test_ids_go_only_where_one_text_is_looked_for() -> None:
    row = '{"uuid":"abc-123","text":"abc-123"}'
    assert redact(row, "regex:[a-z]+-[0-9]+") == '{"uuid":"abc-123","text":"[redacted]"}'
    assert redact(row, "abc-123") == '{"uuid":"[redacted]","text":"[redacted]"}'


@pytest.mark.parametrize(
    "pattern", ["", "redacted", "regex:.*", "regex:[", "regex:x*[a-z]", "nokind:x", "glob:*"]
)
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str) -> None:
    with pytest.raises(Refused):
        TextPattern.parse(pattern)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(json_values, st.sampled_from([None, 1]), st.booleans(), st.integers(0, 3))
def test_a_text_is_gone_however_it_is_escaped(
    value: object, indent: int | None, ascii_only: bool, depth: int
) -> None:
    word = "Süß\n“secret”"
    whole: object = {"v": value, "w": f"a{word}b", word: [word]}
    for _ in range(depth):
        whole = {"inner": json.dumps(whole, ensure_ascii=ascii_only)}
    row = json.dumps(whole, indent=indent, ensure_ascii=ascii_only)
    made = redact(row, word)
    assert made is not None
    assert redact(made, word) is None
    expected: object = {"v": value, "w": f"a{PLACEHOLDER}b", PLACEHOLDER: [PLACEHOLDER]}
    found = json.loads(made)
    for _ in range(depth):
        found = json.loads(found["inner"])
    assert found == expected
    assert is_redacted_form(made.encode(), row.encode())


@given(json_values, st.text(min_size=1, max_size=2))
def test_a_redacted_row_is_json_and_has_it_no_more(value: object, word: str) -> None:
    if word in PLACEHOLDER or ":" in word or word[0] in "\"'":
        return
    row = json.dumps({"x": value})
    made = redact(row, f"substring:{word}")
    if made is not None:
        json.loads(made)
        assert redact(made, f"substring:{word}") is None


SECRETS = [
    "AKIA" + "IOSFODNN7EXAMPLE",
    "ghp_" + "a1B2c3D4e5" * 4,
    "github_pat_" + "11ABCDEFG0" * 3,
    "xoxb-" + "123456789012-abcdefGHIJK",
    "sk-ant-api03-" + "Zx81kLmN0pQrStUvWx72",
    "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
    "AIza" + "SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWx",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVPmB92K27uhbUJU1p1r",
    "whsec_" + "Qw3rTy7uQw3rTy7uQw3rTy7uQw3r",
    "sbp_" + "0123456789abcdef0123456789abcdef01234567",
    "sb_secret_" + "Zx81kLmN0pQrStUvWx72a",
    "123456789" + ":AAHd7f_s9Kq2Hd7f_s9Kq2Hd7f_s9Kq2abc",
    "gsk_" + "a1B2c3D4e5" * 5,
    "dop_v1_" + "0a1b2c3d" * 8,
    "xai-" + "a1B2c3D4e5" * 4,
    "shpat_" + "0a1b2c3d" * 4,
    "hvs." + "CAESIJ" + "a1B2c3D4" * 4,
    "ya29." + "a0AfH6SMB-a1B2c3D4e5F6",
    "GOCSPX-" + "a1B2c3D4e5F6g7H8i9J0kLmN",
    "MTIzNDU2Nzg5MDEyMzQ1Njc4" + ".GaBcDe." + "a1B2c3D4e5F6g7H8i9J0kLmNoPq",
    "-----BEGIN RSA PRIVATE KEY-----\nMIIEow+IBAAK\nabc/=\n-----END RSA PRIVATE KEY-----",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXkt",
]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "export KEY={}", "see '{}', there", "a\n{}\nb"])
def test_known_secrets_are_found(secret: str, around: str) -> None:
    assert secrets(around.format(secret)) in (
        around.format(PLACEHOLDER),
        around.format(PLACEHOLDER).removesuffix("', there").removesuffix("\nb"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('api_key = "Xk29vLmQ8z"', 'api_key = "[redacted]"'),
        ("DB_PASSWORD='corr3ct horse'", "DB_PASSWORD='corr3ct horse'"),
        ("postgres://app:s3cr3t!@db/x", "postgres://app:[redacted]@db/x"),
        ("Authorization: Bearer a8Fj20sKq9Zm1LpW4xTy", "Authorization: Bearer [redacted]"),
        ("the token is a8Fj20sKq9Zm1LpW4xTy.", "the token is [redacted]."),
        ("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzz9", None),
    ],
)
def test_secrets_are_found_by_what_stands_before_them(text: str, expected: str | None) -> None:
    assert secrets(text) == (expected or "AWS_SECRET_ACCESS_KEY=[redacted]")


@pytest.mark.parametrize(
    "text",
    [
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "token: 3f786850e387550fdab836ed7e6dc881de23001b",
        'api_key = "123e4567-e89b-42d3-a456-426614174000"',
        "session key 123e4567-e89b-42d3-a456-426614174000",
        'password = "${DB_PASSWORD}"',
        'token: "<your-token-here>"',
        "a task-force-of-very-long-kebab-case-words",
        "https://example.org:8080/path?token=1",
        "password reset instructions were sent to everybody",
        "the key idea is internationalization_of_everything",
        'api_key = "[redacted]"',
    ],
)
def test_ids_and_stand_ins_are_no_secrets(text: str) -> None:
    assert secrets(text) == text


def test_the_value_of_a_member_called_like_a_secret_is_one() -> None:
    row = b'{"input":{"dbPassword":"n0t-a-word","max_tokens":"12345678","token":"string"}}'
    made = redacted_row(row, Secrets())
    assert made == b'{"input":{"dbPassword":"[redacted]","max_tokens":"12345678","token":"string"}}'


@pytest.mark.parametrize(
    "unit",
    [
        *("eyJ-", "secret_key-", "\\", "token=", "-----BEGIN PRIVATE KEY-----"),
        'a eyJ sk- :// AKIA \\u00 key Bearer ://a:b x_ password: " ',
    ],
)
def test_the_time_for_a_long_line_does_not_grow_with_its_square(unit: str) -> None:
    def seconds(size: int) -> float:
        line = json.dumps({"x": unit * (size // len(unit))}).encode()
        start = time.process_time()
        redacted_row(line, Secrets())
        return time.process_time() - start

    short, long = (min(seconds(size) for _ in range(3)) for size in (1 << 15, 1 << 17))
    assert long < 12 * short


def test_a_placeholder_row_keeps_role_type_and_ids() -> None:
    row = {
        "parentUuid": "p",
        "uuid": "u",
        "type": "assistant",
        "message": {
            "id": "msg_1",
            "role": "assistant",
            "content": [
                {"type": "text", "text": "hunter2"},
                {"type": "tool_use", "id": "t1", "name": "Read", "input": {"hunter2": "hunter2"}},
            ],
            "usage": {"input_tokens": 3},
        },
        "toolUseResult": {"stdout": "hunter2"},
    }
    made = json.loads(placeholder_row(json.dumps(row).encode()))
    assert made == {
        "parentUuid": "p",
        "uuid": "u",
        "type": "assistant",
        "message": {
            "id": "msg_1",
            "role": "assistant",
            "content": [
                {"type": "text", "text": PLACEHOLDER},
                {"type": "tool_use", "id": "t1", "name": "Read", "input": {}},
            ],
            "usage": {"input_tokens": 3},
        },
        "toolUseResult": {},
    }


def test_a_placeholder_of_a_pawan_message_is_a_pawan_message() -> None:
    row = {
        "role": "tool",
        "content": "hunter2",
        "tool_calls": [{"id": "c", "name": "bash", "arguments": {"cmd": "hunter2"}}],
        "tool_result": {"tool_call_id": "c", "content": {"out": "hunter2"}, "success": True},
    }
    raw = placeholder_row(json.dumps(row).encode())
    check_message(json.loads(raw), "$")
    assert b"hunter2" not in raw
    assert json.loads(raw)["tool_result"]["tool_call_id"] == "c"


def test_whatever_lies_in_a_tree_is_searched_and_the_rest_shared(tmp_path: Path) -> None:
    repository, _ = Repository.init(str(tmp_path / "r.git"))
    with ObjectBatch(repository) as batch:
        row = TreeEntry("0000.json", FILE, batch.add("blob", b'{"role":"user","content":"pin"}'))
        plain = write_tree(batch, [TreeEntry("a", FILE, batch.add("blob", b"nothing"))])
        sides = [TreeEntry("0+", TREE, write_tree(batch, [row])), TreeEntry("1-", TREE, plain)]
        conflicts = write_tree(batch, [TreeEntry("0000-00", TREE, write_tree(batch, sides))])
        session = Session.new("s", model="m", created_at="c").appended(
            [{"role": "user", "content": "pin"}]
        )
        top = list(read_tree(batch, write_session(batch, session, "native")))
        tree = write_tree(batch, [*top, TreeEntry("conflicts", TREE, conflicts)])
        transcripts = Transcripts(batch, Redaction(TextPattern.parse("pin")))
        made = transcripts.tree(tree)
        assert transcripts.tree(made) == made
        entries = {entry.name: entry for entry in read_tree(batch, made)}
        inner = read_tree(batch, TreeId(entries["conflicts"].id))
        now = {entry.name: entry.id for entry in read_tree(batch, TreeId(inner[0].id))}
        assert now["1-"] == plain
        first = read_tree(batch, TreeId(now["0+"]))[0].id
        assert batch.read(first)[1] == b'{"role":"user","content":"[redacted]"}'
        found = read_session(batch, made)
        assert ([m.text for m in found.messages], found.title) == ([PLACEHOLDER], PLACEHOLDER)


@pytest.mark.parametrize(
    ("stored", "source", "expected"),
    [
        ("a[redacted]b", "a secret b", True),
        ("a[redacted]b[redacted]", "a1b2", True),
        ("a[redacted]b", "a secret c", False),
        ("ab[redacted]ba", "aba", False),
        ("plain", "other", False),
    ],
)
def test_a_source_is_known_by_what_is_left_of_it(stored: str, source: str, expected: bool) -> None:
    assert is_redacted_form(stored.encode(), source.encode()) is expected
