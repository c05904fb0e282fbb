from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from porcelain.language.revset.parser import format_name, parse
from porcelain.language.revset.syntax_tree import Symbol


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("main", "main"),
        ("try-b", "try-b"),
        ("feature/v1.0", "feature/v1.0"),
        ("日本語", "日本語"),
        ("x-", '"x-"'),
        ("a b", '"a b"'),
        ("a@b", '"a@b"'),
        ("", '""'),
        (".a", '".a"'),
        ("a..b", '"a..b"'),
        ('say "hi"\\', '"say \\"hi\\"\\\\"'),
        ("a\tb\x1b\x07\x85", '"a\\tb\\e\\x07\\x85"'),
        ("🎉", '"🎉"'),
    ],
)
def test_quotes_a_name_only_where_the_bare_text_would_not_parse(name: str, shown: str) -> None:
    assert format_name(name) == shown


@given(st.text(alphabet=st.sampled_from("ab-+.*/@:~|&()\"'\\ \n\x1b\x9fé日🎉́"), max_size=8))
def test_a_formatted_name_parses_as_that_name(name: str) -> None:
    root = parse(format_name(name)).root

    assert isinstance(root, Symbol)
    assert root.name == name
