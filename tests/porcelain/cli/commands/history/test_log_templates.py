"""Templates of `wj log`: jj's functions, built-in looks, aliases."""

from __future__ import annotations

import json

import pytest

from tests.porcelain.cli.sandbox import Sandbox


@pytest.fixture
def forked(box: Sandbox) -> Sandbox:
    """Return a user with a conversation, a fresh fork and a second workspace."""
    box.begin()
    box.ok("fork demo-- try-b")
    box.ok("tag set done -r demo-")
    box.ok("workspace add helper")
    return box


def shown(box: Sandbox, template: str, revset: str = "demo") -> str:
    """Return what a template makes of one commit."""
    done = box.run("log", "-G", "-r", revset, "-T", template)
    assert done.code == 0, done.err
    return done.out


def test_the_built_in_look_is_a_template(forked: Sandbox) -> None:
    assert forked.wj("log -T builtin_log_compact") == forked.wj("log")
    assert forked.ok("log --color debug -T builtin_log_oneline")
    assert forked.ok("log -T builtin_log_comfortable").count("\n") > forked.ok("log").count("\n")
    line = forked.ok("log -G -r demo -T builtin_log_oneline")
    assert line.startswith("xrvpptnn 2026-03-01 demo c1...... q3")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('if(empty, "empty", "full")', "full"),
        ('if(tags, "x")', ""),
        ('coalesce("", tags.join(","), model)', "claude-opus-4-5"),
        ('separate(" | ", "a", "", title)', "a | q3"),
        ('surround("<", ">", "") ++ surround("<", ">", title)', "<q3>"),
        ('label("x y", title)', "q3"),
        (
            'pad_start(4, title) ++ pad_end(4, title, ".") ++ pad_centered(4, title)',
            "  q3q3..q3".replace("q3q3..q3", "q3q3.. q3 "),
        ),
        ('truncate_end(8, model, "…") ++ truncate_start(3, model)', "claude-…4-5"),
        ('indent("> ", "a\\nb")', "> a\n> b"),
        ('parents.map(|c| c.title()).join(", ")', "q2"),
        ('sessions.filter(|s| s.name().starts_with("d")).join("")', "demo"),
        ('timestamp.format("%Y") ++ " " ++ timestamp.ago()', "2026 1 week ago"),
        ("messages + 1", "7"),
        ('"a,b".split(",").len() ++ "ab".upper()', "2AB"),
        ('model.contains("opus") && !root', "true"),
        ('model.match(regex:"[a-z]+") ++ model.match("x")', "claude"),
        ('model.replace(regex:"(o)(p)", "$2$1").replace("-", "_", 1)', "claude_pous-4-5"),
        ('"a, b,c".split(regex:", ?", 2).join("|") ++ "x".contains(1)', "a|b,cfalse"),
        ('replace(glob-i:"Q3", title, "<$0>") ++ "  a ".trim_start().len()', "<q3>2"),
        ("author.name() ++ author.email().local() ++ author.email().domain()", "Adaadaexample.org"),
        ("author ++ ' ' ++ mine", "Ada <ada@example.org> true"),
        ("committer.timestamp().since(author.timestamp()).duration().len() > 3", "true"),
        ('timestamp.after("2026-01-01") ++ timestamp.before("2026-01-01")', "truefalse"),
        ('contained_in("demo") ++ parents.all(|c| c.contained_in("demo"))', "truefalse"),
        ("if(messages > 5, 'many') ++ (messages == 6)", "manytrue"),
        (
            'try(tags.get(7).name(), "no eighth tag") ++ parents.first().root()',
            "no eighth tagfalse",
        ),
        ("sessions.first().name() ++ sessions.len() ++ bookmarks", "demo1demo"),
        ("tags.map(|one| one.name() ++ one.normal_target().title())", ""),
        ("parents.reverse().skip(1).len() ++ parents.take(1).map(|c| c.title())", "0q2"),
        ('fill(6, "one two three") ++ hash("a").substr(0, 4)', "one\ntwo\nthree333f"),
        ('config("ui.color") ++ if(config("ui.editor"), "editor")', '"auto"'),
        ('config("ui.log-word-wrap").as_boolean()', "false"),
        ("change_id.normal_hex().len() ++ change_id.shortest(4).upper().prefix()", "32X"),
        ('hyperlink("https://example.org", title)', "q3"),
        ('remote_bookmarks.len() ++ working_copies.len() ++ trailers.contains_key("x")', "00false"),
        ("diff.added() ++ diff.changed() ++ diff.removed()", "200"),
        ('"abc".substr(1, 2) ++ stringify(title).remove_prefix("q")', "b3"),
    ],
)
def test_functions_and_methods(forked: Sandbox, template: str, text: str) -> None:
    assert shown(forked, template) == text


def test_values_as_json(forked: Sandbox) -> None:
    data = json.loads(shown(forked, "json(self)"))
    assert (data["title"], data["sessions"]) == ("q3", ["demo"])
    assert json.loads(shown(forked, "json(parents)"))[0]["title"] == "q2"
    assert shown(forked, 'json(title) ++ json(empty) ++ json("a\\"")') == '"q3"false"a\\""'


def test_aliases_of_ones_own(forked: Sandbox) -> None:
    forked.ok("config set --user template-aliases.mine 'twice(title)'")
    forked.ok('config set --user "template-aliases.\'twice(x)\'" \'x ++ "-" ++ x ++ "\\n"\'')
    assert shown(forked, "mine") == "q3-q3\n"
    forked.ok("config set --user templates.log mine")
    assert "q3-q3\n" in forked.ok("log -G")
    forked.ok(
        "config set --user \"template-aliases.'format_title(c)'\" 'concat(\"my \", c.title())'"
    )
    assert "my q3\n" in forked.ok("log -T builtin_log_compact")
    forked.ok("config set --user template-aliases.mine mine")
    assert "Alias `mine` expands to itself" in forked.wj("log -T mine")


@pytest.mark.parametrize(
    ("template", "error"),
    [
        ("if(title)", "Expected 2 to 3 arguments"),
        ('pad_end("a", title)', "Expected expression of type `Integer`"),
        ("parents", "actual type is `List<Commit>`"),
        ("parents.map(title)", "takes a lambda"),
        ("sepparate(title)", "Did you mean `separate`"),
        ("self", "actual type is `Commit`"),
    ],
)
def test_what_is_wrong_is_said(forked: Sandbox, template: str, error: str) -> None:
    done = forked.run("log", "-T", template)
    assert done.code == 1
    assert error in done.err


def test_a_width_that_no_terminal_has_is_an_error_in_its_place(forked: Sandbox) -> None:
    assert "<Error: a width is from 0" in shown(forked, "pad_end(99999999999, title)")
    nul = 'author.timestamp().format("\\0")'
    assert "<Error: the time cannot" in shown(forked, nul)


def test_a_bare_option_lists_the_looks(box: Sandbox) -> None:
    assert "builtin_log_oneline" in box.run("log", "-T").err


def test_trailers_are_the_last_paragraph_of_a_description(forked: Sandbox) -> None:
    text = "a title\n\nSee: nothing\n\nAgent: one\nReviewed-by: Ada: B"
    forked.run("describe", "-r", "@", "-m", text)
    template = 'trailers.map(|one| one.key() ++ "=" ++ one.value()) ++ trailers.contains_key("See")'
    assert shown(forked, template, "@") == "Agent=one Reviewed-by=Ada: Bfalse"
    assert shown(forked, "description.lines().len()", "@") == "6"
