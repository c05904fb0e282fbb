"""Shapes of graphs. Each picture is what jj draws for the same commits."""

from __future__ import annotations

from textwrap import dedent

from porcelain.cli.render.graph import GraphRenderer
from porcelain.graph.graph_rows import DIRECT, INDIRECT, MISSING, EdgeKind

Edges = list[tuple[EdgeKind, str]]


def draw(rows: str, text: str = "{}\n") -> str:
    """Draw rows such as ``d: b c`` (children first); `?x` is an indirect edge, `~` a missing one."""
    renderer = GraphRenderer()
    drawn = ""
    for line in rows.split(";"):
        key, _, parents = line.strip().partition(":")
        edges: Edges = []
        for parent in parents.split():
            kind = MISSING if parent == "~" else INDIRECT if parent[0] == "?" else DIRECT
            edges.append((kind, parent.lstrip("?")))
        drawn += renderer.row(key, edges, "○", text.format(key))
    return drawn


def picture(text: str) -> str:
    return dedent(text).lstrip("\n")


def test_a_line_of_commits() -> None:
    assert draw("c: b; b: a; a:") == picture("""
        ○  c
        ○  b
        ○  a
        """)


def test_a_fork() -> None:
    assert draw("c: a; b: a; a:") == picture("""
        ○  c
        │ ○  b
        ├─╯
        ○  a
        """)


def test_a_fork_of_three_with_text_of_two_lines() -> None:
    assert draw("d: a; c: a; b: a; a:", text="{}\nmore\n") == picture("""
        ○  d
        │  more
        │ ○  c
        ├─╯  more
        │ ○  b
        ├─╯  more
        ○  a
           more
        """)


def test_a_merge_shifts_its_text_beside_the_new_column() -> None:
    assert draw("d: b c; c: a; b: a; a:") == picture("""
        ○    d
        ├─╮
        │ ○  c
        ○ │  b
        ├─╯
        ○  a
        """)


# The order in which jj prints a merge of three, a merge of a merge, and their ancestors.
GROUPED = "p: m a; m: b c d; d: a; o: n c; c: a; n: b; b: a; a: ~"


def test_forks_and_merges() -> None:
    assert draw(GROUPED, "{}\nline2\nline3\n") == picture("""
        ○    p
        ├─╮  line2
        │ │  line3
        ○ │      m
        ├───┬─╮  line2
        │ │ │ │  line3
        │ │ │ ○  d
        │ ├───╯  line2
        │ │ │    line3
        │ │ │ ○  o
        │ │ ╭─┤  line2
        │ │ │ │  line3
        │ │ ○ │  c
        │ ├─╯ │  line2
        │ │   │  line3
        │ │   ○  n
        ├─────╯  line2
        │ │      line3
        ○ │  b
        ├─╯  line2
        │    line3
        ○  a
        │  line2
        ~  line3
        """)


SKIPPING = "9: 3; 7: 6 5; 5: 4 3; 3: 1; 6: ?1; 8: 4; 4: ?1; 1: ~"


def test_lines_cross_lean_left_and_show_where_they_skip() -> None:
    assert draw(SKIPPING) == picture("""
        ○  9
        │ ○    7
        │ ├─╮
        │ │ ○  5
        ╭───┤
        ○ │ │  3
        │ ○ │  6
        ├─╯ │
        │ ○ │  8
        │ ├─╯
        │ ○  4
        ├─╯
        ○  1
        │
        ~
        """)


def test_a_line_that_skips_commits_is_dashed() -> None:
    assert draw("b: ?a; a:", "{}\nmore\n") == "○  b\n╷  more\n○  a\n   more\n"


def test_an_end_is_kept_apart_from_what_follows_it() -> None:
    assert draw("c: ~; b: a; d: ~; a:") == picture("""
        ○  c
        │
        ~

        ○  b
        │ ○  d
        │ │
        │ ~
        │
        ○  a
        """)


def test_an_end_is_the_last_line_of_a_log() -> None:
    assert draw("b: a; a: ~").endswith("○  a\n│\n~\n")


def test_text_is_spent_on_the_lines_of_an_end_and_then_on_more() -> None:
    assert draw("b: ~; a:", text="{}\n1\n2\n3\n") == picture("""
        ○  b
        │  1
        ~  2
           3
        ○  a
           1
           2
           3
        """)


def test_blank_lines_of_a_text_keep_the_graph_going() -> None:
    assert draw("b: a; a:", text="{}\n\nend\n") == picture("""
        ○  b
        │
        │  end
        ○  a

           end
        """)


def test_nothing_but_the_glyph_is_drawn_for_an_empty_text() -> None:
    assert draw("b: a; a:", text="") == "○\n○\n"


def test_an_edge_past_both_sides_of_a_row() -> None:
    assert draw("f: a b c d; e: d; d: a; c: ; b: ; a:") == picture("""
        ○        f
        ├─┬─┬─╮
        │ │ │ │ ○  e
        │ │ │ ├─╯
        │ │ │ ○  d
        ├─────╯
        │ │ ○  c
        │ ○  b
        ○  a
        """)


def test_glyphs_and_text_may_be_coloured() -> None:
    renderer = GraphRenderer()

    assert renderer.row("b", [(DIRECT, "a")], "\x1b[1m@\x1b[0m", "\x1b[35mtext\x1b[39m") == (
        "\x1b[1m@\x1b[0m  \x1b[35mtext\x1b[39m\n"
    )
    assert renderer.row("a", [], "○", "") == "○\n"


def test_rows_may_have_any_hashable_key() -> None:
    renderer = GraphRenderer()
    drawn = renderer.row((1, False), [(DIRECT, (0, True)), (DIRECT, (0, False))], "○", "1")
    drawn += renderer.row((0, True), [(DIRECT, (0, False))], "~", "(elided)")
    drawn += renderer.row((0, False), [], "○", "0")

    assert drawn == picture("""
        ○    1
        ├─╮
        ~ │  (elided)
        ├─╯
        ○  0
        """)
