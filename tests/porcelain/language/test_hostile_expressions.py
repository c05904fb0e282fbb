"""Hostile values in revsets, templates and commits end in an answer or an error, never in a bug."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import porcelain
from porcelain import PorcelainError, Repo
from porcelain.cli.render.commit import Commits
from porcelain.cli.render.terms.commit_terms import CommitTerms
from porcelain.cli.run.context import Context
from porcelain.errors import ExpressionError
from porcelain.language.revset.aliases import BUILT_IN
from porcelain.language.revset.evaluate import evaluate
from porcelain.language.revset.functions import FUNCTIONS
from porcelain.language.revset.parser import parse
from porcelain.language.string_pattern import KINDS, NamePattern
from porcelain.language.template.evaluate import compile_template
from porcelain.language.template.keywords import (
    CALLED,
    COMMIT_VOCABULARY,
    EVOLUTION_VOCABULARY,
    OPERATION_VOCABULARY,
    SESSION_VOCABULARY,
    STATUS_VOCABULARY,
    VOCABULARIES,
    WITHOUT_TEXT,
    Vocabulary,
)
from porcelain.language.template.vocabulary import METHOD_WORDS, Word, is_text
from tests.harness.bare import git
from tests.porcelain.cli.leaked_word import begin
from tests.porcelain.cli.sandbox import Run, Sandbox

COMMANDS: dict[str, Vocabulary] = {
    "log -r all() -T": COMMIT_VOCABULARY,
    "evolog -r all() -T": EVOLUTION_VOCABULARY,
    "op log -T": OPERATION_VOCABULARY,
    "session list -a -T": SESSION_VOCABULARY,
    "tag list -a -T": SESSION_VOCABULARY,
    "status -T": STATUS_VOCABULARY,
}
TEXTS = [
    "", "a", "*", "[", "[]", "[!]", "{", "{a,b", "}", "\\", "(", "(a", "(?x)", "(?i", "[[a]", "a{9999999}",
    "a" * 3000, "\0", "\x1b[2J", "\u202e", "\udc80", "é", "٣", "²", "9" * 5000, "-1", "1e9", "@", "demo",
    "k", "z" * 32, "f" * 40, "f" * 41, "x/" + "9" * 5000, "0", "2 days ago", "999999 years ago",
    "yesterday 25:99", "yesterday 13 pm", "9999-12-31T23:59:59+14:00", "0001-01-01", "99999-01-01",
    "2026-02-30", "now", "today",
]  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


texts = st.sampled_from(TEXTS) | st.text(max_size=20) | st.text("ab*?[]{}\\()|+.^$-,", max_size=9)
kinds = st.sampled_from([*KINDS, *(f"{kind}-i" for kind in KINDS), "after", "before", "bogus"])
atoms = (
    st.sampled_from(
        ["@", "demo", "root()", "all()", "talk@", "x@y", '""', "@-", "0", "1", "::", ".."]
    )
    | st.sampled_from(
        [
            "9" * 5000,
            "kkkk",
            "abc",
            "xrvpptnn/0",
            "x/²",
            "x/" + "9" * 5000,
            "z/0",
            "0000",
            "99999999999",
        ]
    )
    | texts.map(quoted)
    | st.builds(lambda kind, text: f"{kind}:{quoted(text)}", kinds, texts)
)


def _larger_revsets(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from([*sorted(FUNCTIONS), *BUILT_IN, "nope"])
    keyword = st.builds(
        lambda key, x: f"{key}={x}", st.sampled_from(["remote", "count", "x"]), inner
    )
    step = st.sampled_from(["-", "+", "--", "-" * 5000, "+" * 99, "::", ".."])
    return (
        st.builds(
            lambda f, given, named: f"{f}({', '.join(given + named)})",
            name,
            st.lists(inner, max_size=3),
            st.lists(keyword, max_size=2),
        )
        | st.builds(
            "{}{}{}".format, inner, st.sampled_from([" | ", " & ", " ~ ", "::", ".."]), inner
        )
        | st.builds("({}){}".format, inner, step)
        | inner.map("~{}".format)
    )


def _larger_templates(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operator = st.sampled_from(["++", "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||"])
    method = st.sampled_from(
        ["short", "shortest", "first_line", "commit_id", "description", "nope"]
    )
    return (
        st.builds(
            lambda x, name, given: f"{x}.{name}({', '.join(given)})",
            inner,
            method,
            st.lists(inner, max_size=2),
        )
        | st.builds("({} {} {})".format, inner, operator, inner)
        | st.builds("{}{}".format, st.sampled_from(["!", "-", "|x| ", "glob:", "if"]), inner)
    )


revsets = st.recursive(atoms, _larger_revsets, max_leaves=6)
templates = st.recursive(
    st.sampled_from([*sorted(COMMIT_VOCABULARY.keywords), "nope", "true", "0", "1", "007"])
    | st.sampled_from(["9223372036854775807", "9223372036854775808", "9" * 5000])
    | texts.map(quoted),
    _larger_templates,
    max_leaves=12,
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Make a repository of commits and names that git accepts and nobody expects."""
    with pytest.MonkeyPatch.context() as patch:
        box = Sandbox(tmp_path_factory.mktemp("hostile"), patch)
        begin(box)
        good = git(box.repo, "cat-file", "commit", "refs/sessions/demo")
        head, _, _ = good.partition(b"\n\n")
        tree = head[5:45]
        for name, data in {
            "late": re.sub(rb"> \d+ ", b"> 4611686018427387904 ", good),
            "early": re.sub(rb"> \d+ ", b"> -99999999999999 ", good),
            "bytes": head + b"\n\n\xff\xfe \x1b[2J\0 \xe2\x80\xae\r\nx\r\r\n",
            "empty": head + b"\n\n",
            "no-message": head + b"\n",
            "author": re.sub(rb"author .*?> ", b"author \xff\x1b[1m <\xfe@x> ", good),
            "nobody": re.sub(rb"author .*?> ", b"author  <> ", good),
            "no-author": re.sub(rb"author .*\n", b"", good),
            "zone": good.replace(b"+0000", b"+99999999"),
            "no-zone": good.replace(b" +0000", b""),
            "empty-tree": good.replace(tree, b"4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
            "no-tree": good.replace(tree, b"1" * 40),
            "change": head + b"\nchange-id " + b"z" * 31 + b"!\n\n",
            "twice": head
            + b"\nchange-id %s\nchange-id %s\nencoding latin-9\n\n" % (b"k" * 32, b"l" * 32),
        }.items():
            words = ["hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
            made = git(box.repo, *words, data=data).decode().strip()
            git(box.repo, "update-ref", f"refs/sessions/hostile-{name}", made)
        for name in ("h/\u202e", "h'q", 'h"q', "h|x", "é", "h@x", "@-", "-x"):
            git(box.repo, "update-ref", f"refs/tags/{name}", made)
        yield box


@pytest.fixture(scope="module")
def repo(world: Sandbox) -> Repo:
    return porcelain.open(str(world.repo))


def _run(world: Sandbox, *words: str) -> Run:
    # The environment is the test's own; the repository is that of the module.
    done = world.run("-R", str(world.repo), *words)
    assert "no repository" not in done.err
    return done


_VALUES = {
    "String": '"x"',
    "Template": '"x"',
    "StringPattern": '"x"',
    "StringLiteral": '"2026-01-01"',
    "Integer": "1",
    "Timestamp": "timestamp",
}


def _called(method: Word) -> str:
    """Return a call of a method, with arguments of its types."""
    needed = method.arguments[: len(method.arguments) - method.optional]
    given = (_VALUES.get(one, "|x| true") for one in needed)
    name = method.usage.partition("(")[0]
    return '.contained_in("all()")' if name == "contained_in" else f".{name}({', '.join(given)})"


def _methods(kind: str) -> Iterator[tuple[str, str]]:
    """Yield the calls of the methods of a type, each with the type that it gives."""
    kind = kind.removeprefix("Option<").removesuffix(">") if kind.startswith("Option<") else kind
    item = kind.partition("<")[2][:-1]
    words = [*METHOD_WORDS.get(kind, {}).values(), *CALLED.get(kind, {}).values()]
    words += METHOD_WORDS["String"].values() if is_text(kind) and kind != "String" else []
    words += METHOD_WORDS["List"].values() if kind.startswith("List<") else []
    for word in words:
        if "Timestamp" not in word.arguments:
            yield _called(word), {"T": item, "List": kind}.get(word.type, word.type)
    for name, keyword in VOCABULARIES[kind].keywords.items() if kind in VOCABULARIES else ():
        yield f".{name}()", keyword.type


@pytest.mark.parametrize("command", COMMANDS)
def test_every_keyword_and_method_of_a_template_renders(world: Sandbox, command: str) -> None:
    for name, keyword in COMMANDS[command].keywords.items():
        printed = []
        for method, kind in [("", keyword.type), *_methods(keyword.type)]:
            inner = kind.replace("List<", "").replace("Option<", "").rstrip(">")
            if inner in WITHOUT_TEXT or (".join" in method and keyword.type[5:-1] in WITHOUT_TEXT):
                assert _run(world, *command.split(), f"{name}{method}").code == 1
            else:
                printed.append(f"{name}{method}")
        done = _run(world, *command.split(), f"separate(', ', {', '.join(printed)}, '') ++ '\\n'")
        assert done.code == 0, (name, printed, done.both)
        assert " object at " not in done.out
        assert "\x1b" not in done.out


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_of_a_revset_takes_hostile_arguments(
    world: Sandbox, repo: Repo, name: str
) -> None:
    least = FUNCTIONS[name].least
    for text in TEXTS:
        for argument in (quoted(text), f"regex:{quoted(text)}", f"after:{quoted(text)}", "all()"):
            for values in ([argument] * max(least, 1), ["all()", argument]):
                _answer(repo, f"{name}({', '.join(values)})")
    done = _run(world, "log", "-r", f"{name}({', '.join(['all()', '2'][:least])})")
    assert done.code in (0, 1), done.both


def _check(error: PorcelainError) -> None:
    """Fail unless an error can be shown on a terminal."""
    assert str(error).isprintable()
    if isinstance(error, ExpressionError):
        assert error.diagram().replace("\n", "").replace("\t", "").isprintable()


def _answer(repo: Repo, text: str) -> None:
    """Evaluate a revset; an error must be one of porcelain's, and printable."""
    try:
        list(evaluate(parse(text), repo.graph).positions())
    except PorcelainError as error:
        _check(error)


def _subject(repo: Repo, position: int) -> CommitTerms:
    return CommitTerms(cast(Context, None), Commits(repo), position)


HOSTILE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@HOSTILE
@given(text=revsets)
def test_any_revset_is_answered_or_refused(repo: Repo, text: str) -> None:
    _answer(repo, text)


@HOSTILE
@given(text=templates)
def test_any_template_is_rendered_or_refused(repo: Repo, text: str) -> None:
    try:
        template = compile_template(text, COMMIT_VOCABULARY)
    except PorcelainError as error:
        _check(error)
        return
    for position in evaluate(parse("all()"), repo.graph).positions():
        template.render(_subject(repo, position))


@HOSTILE
@given(text=texts | st.builds("{}:{}".format, kinds, texts), name=texts)
def test_any_pattern_fits_or_is_refused(text: str, name: str) -> None:
    try:
        NamePattern.parse(text).matches(name)
    except PorcelainError as error:
        _check(error)


@pytest.mark.soak
@settings(HOSTILE, max_examples=20_000)
@given(text=revsets, other=templates)
def test_any_expression_is_answered_or_refused_for_long(repo: Repo, text: str, other: str) -> None:
    _answer(repo, text)
    try:
        compile_template(other, COMMIT_VOCABULARY).render(_subject(repo, 1))
    except PorcelainError as error:
        _check(error)
