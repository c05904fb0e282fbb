"""`wj describe`, `commit` and `metaedit`: options, stdin and the editor."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.harness.bare import git
from tests.harness.copies import unchanged
from tests.porcelain.cli.sandbox import Sandbox
from tests.porcelain.cli.saying import said, without_ids


@pytest.fixture
def chat(box: Sandbox) -> Sandbox:
    """A conversation of three turns; `@` and the session are on the last."""
    box.begin(3)
    return box


def editor(box: Sandbox, script: str) -> None:
    """Use a shell script as the editor: `$1` is the file, `$SEEN` gets a copy."""
    path = box.file("editor.sh", f'cp "$1" "{box.folder}/seen"\n{script}\n'.encode())
    box.patch.setenv("WJ_EDITOR", f"sh '{path}'")


def seen(box: Sandbox) -> str:
    """Return the file that the editor got."""
    return without_ids(box.stable((box.folder / "seen").read_text()))


def description(box: Sandbox, rev: str = "@") -> str:
    """Return a commit's description as git shows it."""
    return git(box.repo, "log", "-1", "--format=%B", box.one(rev)["commit_id"]).decode()


def test_a_description_is_shown_and_everything_follows(chat: Sandbox) -> None:
    changes = [commit["change_id"] for commit in chat.json("log")]

    assert said(chat, "describe @-- -m first") == (
        "Rebased 2 descendant commits\n"
        "Working copy  (@) now at: xrvpptnn # demo | q3\n"
        "Parent commit (@-)      : qrnzlsvs # q2\n"
    )
    assert chat.titles("all()") == ["q3", "q2", "first", ""]
    assert [commit["change_id"] for commit in chat.json("log")] == changes
    assert chat.sessions() == {"demo": "q3"}


def test_on_an_older_operation_what_follows_now_is_counted(chat: Sandbox) -> None:
    then = chat.json("op log")[0]["id"]
    chat.ok("new -m later")

    assert said(chat, f"describe @-- -m first --at-op {then}") == (
        "Rebased 3 descendant commits\n"
        "Working copy  (@) now at: tpzqzkqm # (empty) later\n"
        "Parent commit (@-)      : xrvpptnn # demo | q3\n"
    )


def test_each_m_is_a_paragraph(chat: Sandbox) -> None:
    chat.ok("describe -m 'one\ntwo  ' -m '' -m three")

    assert description(chat) == "one\ntwo\n\n\n\nthree\n\n"


def test_an_equal_description_changes_nothing(chat: Sandbox) -> None:
    chat.ok("describe -m same")
    with unchanged(chat.repo):
        assert chat.wj("describe -m same") == "Nothing changed.\n"


def test_no_description_brings_the_generated_one_back(chat: Sandbox) -> None:
    before = description(chat)
    chat.ok("describe -m mine")
    chat.ok("describe -m ''")

    assert description(chat) == before
    assert chat.titles("@") == ["q3"]
    chat.ok("new")
    chat.ok("describe -m mine")
    chat.ok("describe -m ''")
    assert description(chat).strip() == ""


def test_a_generated_description_follows_the_messages_and_an_own_one_stays(chat: Sandbox) -> None:
    chat.ok("describe @- -m mine")
    chat.ok("squash -f @-- -t @-")

    assert chat.titles("all()") == ["q3", "mine", ""]
    chat.ok("abandon @-")
    assert chat.titles("all()") == ["q3", ""]


def test_stdin(chat: Sandbox) -> None:
    chat.ok("describe --stdin", stdin=b"\r\n\r\n  first  \r\n\r\nsecond\n\n")

    assert description(chat) == "  first\n\nsecond\n\n"


@pytest.mark.parametrize(
    ("line", "stdin", "error"),
    [
        ("describe --stdin", b"a\xff", "The description is no UTF-8 text"),
        ("describe --stdin", b"a\0b", "A description cannot have a null character in it"),
        ("describe -m x --stdin", b"y", "`--stdin` does not go with `-m`"),
        ("describe root() -m x", b"", "The root commit 000000000000 is immutable"),
        ("describe nosuch -m x", b"", "Revision `nosuch` doesn't exist"),
        ("metaedit root() -m x", b"", "The root commit 000000000000 is immutable"),
        ("metaedit --author Bob", b"", "`Bob` is not an author"),
        ("metaedit --author <>", b"", "`<>` has no name and no address"),
        ("metaedit --author 'A <b> c'", b"", "`A <b> c` is not an author"),
        (
            "metaedit --author 'A <b>' --update-author",
            b"",
            "`--author` does not go with `--update-author`",
        ),
        (
            "metaedit --author-timestamp 2020-01-02 --update-author-timestamp",
            b"",
            "`--author-timestamp` does not go with `--update-author-timestamp`",
        ),
        ("metaedit --author-timestamp soon", b"", "`soon` is not a time"),
        ("metaedit --author-timestamp 1901-01-01", b"", "is not a time that git can store"),
        ("metaedit --author-timestamp 0001-01-01", b"", "`0001-01-01` is not a time"),
    ],
)
def test_bad_input_changes_nothing(chat: Sandbox, line: str, stdin: bytes, error: str) -> None:
    with unchanged(chat.repo):
        shown = chat.wj(line, stdin)
    assert error in shown
    assert re.search(r"\[exit [12]\]$", shown.rstrip())


def test_without_a_current_commit(box: Sandbox) -> None:
    box.ok("init")
    for line in ("describe -m x", "describe", "commit -m x", "metaedit -m x"):
        shown = box.wj(line)
        assert shown.startswith("Error: This workspace has no current commit"), line
        assert shown.endswith("[exit 1]\n")
    assert box.wj("describe 'none()' -m x") == "No revisions to describe.\n"
    assert box.wj("metaedit 'none()' -m x") == "No revisions to modify.\n"


def test_several_get_the_same_description_and_are_listed(chat: Sandbox) -> None:
    assert said(chat, "describe @- @ -m both") == (
        "Described qrnzlsvs # both\n"
        "Described xrvpptnn # demo | both\n"
        "Working copy  (@) now at: xrvpptnn # demo | both\n"
        "Parent commit (@-)      : qrnzlsvs # both\n"
    )
    assert chat.json("op log -n 1")[0]["description"].endswith("and 1 more")


def test_the_editor_gets_the_description_and_comments_are_left_out(chat: Sandbox) -> None:
    chat.ok("describe -m 'old title' -m body")
    editor(chat, 'printf "\\n\\nnew  \\nWJ: gone\\nmore\\n\\nWJ: ignore-rest\\nlost\\n" > "$1"')

    chat.ok("describe")

    assert seen(chat) == (
        "old title\n\nbody\n\n"
        "WJ: This describes xrvpptnn # demo | old title\n"
        "WJ: Lines that begin with `WJ:` are removed.\n"
    )
    assert description(chat) == "new\nmore\n\n"


def test_a_generated_description_is_not_edited(chat: Sandbox) -> None:
    editor(chat, "true")
    with unchanged(chat.repo):
        assert chat.wj("describe") == "Nothing changed.\n"
    assert seen(chat).startswith("\n\nWJ: This describes")


def test_an_emptied_file_brings_the_generated_one_back(chat: Sandbox) -> None:
    chat.ok("describe -m mine")
    editor(chat, ': > "$1"')
    chat.ok("describe")

    assert chat.titles("@") == ["q3"]


def test_editor_starts_with_what_m_gives(chat: Sandbox) -> None:
    editor(chat, 'echo more >> "$1"')
    chat.ok("describe -m given --editor")

    assert seen(chat).startswith("given\n\nWJ: ")
    assert description(chat) == "given\n\nmore\n\n"


def test_one_file_has_the_descriptions_of_several(chat: Sandbox) -> None:
    chat.ok("describe @- -m second")
    editor(chat, 'sed -i "s/^second/SECOND/; s/^$/text/" "$1"')

    assert chat.ok("describe @- @--").startswith("Described omrzzpmq")
    shown = [line for line in seen(chat).splitlines() if line and not line.endswith("removed.")]
    assert shown == [
        "WJ: One description each, below its `WJ: describe` line.",
        "WJ: describe # -------",
        "WJ: This describes omrzzpmq # q1",
        "WJ: describe # -------",
        "second",
        "WJ: This describes qrnzlsvs # second",
    ]
    assert chat.titles("@- | @--") == ["SECOND", "text"]


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ("exit 3", "failed: it ended with 3"),
        ("kill $$", "failed: signal 15 killed it"),
        ('rm "$1"', "failed: it removed the file that it was given"),
        ('printf "\\377" > "$1"', "failed: it wrote text that is not UTF-8"),
    ],
)
def test_an_editor_that_fails_changes_nothing(chat: Sandbox, script: str, error: str) -> None:
    editor(chat, script)
    chat.patch.setenv("TMPDIR", str(chat.folder))
    chat.patch.setattr("tempfile.tempdir", None)
    with unchanged(chat.repo):
        for line in ("describe", "commit", "squash --editor"):
            shown = chat.wj(line)
            assert error in shown
            assert shown.endswith("[exit 1]\n")


def test_the_text_is_kept_where_the_editor_failed(chat: Sandbox) -> None:
    editor(chat, 'echo precious > "$1"; exit 1')
    chat.patch.setattr("tempfile.tempdir", str(chat.folder))
    shown = chat.wj("describe")

    (kept,) = re.findall(r"The text is kept in \$DIR/(\S+)", shown)
    assert Path(chat.folder / kept).read_text() == "precious\n"


def test_a_bulk_file_that_lost_a_line_changes_nothing(chat: Sandbox) -> None:
    editor(chat, 'echo x > "$1"')
    with unchanged(chat.repo):
        shown = chat.wj("describe @ @-")
    assert shown.startswith("Error: The file no longer has one description for each commit\n")


def test_which_editor(chat: Sandbox) -> None:
    for name in ("VISUAL", "EDITOR"):
        chat.patch.delenv(name, raising=False)
    assert chat.wj("describe").startswith("Error: There is no editor to edit the text\n")
    for name in ("EDITOR", "VISUAL", "WJ_EDITOR"):  # each goes before the one before
        chat.patch.setenv(name, f"sh -c 'echo by {name} > \"$1\"' _")
        chat.ok("describe")
        assert chat.titles("@") == [f"by {name}"]
    chat.patch.setenv("WJ_EDITOR", "'unclosed")
    assert "is not a command line" in chat.wj("describe")
    chat.patch.setenv("WJ_EDITOR", "no-such-editor")
    assert "The editor `no-such-editor` failed: No such file or directory" in chat.wj("describe")


def test_immutable_commits_are_refused_before_the_editor_opens(chat: Sandbox) -> None:
    chat.ok("tag set v1 -r @")
    editor(chat, "true")
    for line in ("describe", "commit", "squash --editor"):
        assert "is immutable" in chat.wj(line)
    assert not (chat.folder / "seen").exists()


def test_texts_of_messages_are_not_in_the_operation_log(chat: Sandbox) -> None:
    chat.ok("describe -m secret1 -m secret2")
    chat.ok("describe --message=secret3")
    chat.ok("commit -msecret4")
    chat.ok("metaedit -m secret5")
    chat.ok("new -m secret6")
    chat.ok("squash -m secret7")

    shown = chat.ok("op log") + str(chat.json("op log"))
    assert "secret" not in shown
    assert "args: wj describe -m ... -m ..." in shown


def test_commit_goes_on_in_an_empty_change_in_every_workspace(chat: Sandbox) -> None:
    chat.ok("workspace add two -r demo")
    chat.ok("edit demo --workspace two")

    shown = said(chat, "commit -m done")
    assert shown == (
        f"Working copy  (@) now at: {chat.one('@')['change_id'][:8]} # "
        "(empty) (no description set)\n"
        "Parent commit (@-)      : xrvpptnn # demo | done\n"
    )
    two = chat.run("status", "--workspace", "two", "--json").data
    assert two["commit"]["commit_id"] == chat.one("@")["commit_id"]
    chat.ok("append -m next")
    assert chat.sessions() == {"demo": "next"}


def test_commit_on_a_commit_with_children_leaves_them_there(chat: Sandbox) -> None:
    chat.ok("edit @-")
    chat.ok("commit -m middle")

    assert chat.titles("children(subject(middle))") == ["q3", ""]


def test_metaedit_author_and_time(chat: Sandbox) -> None:
    assert said(chat, "metaedit --author 'Bob <bob@x.y>'").startswith(
        "Modified 1 commit:\n  xrvpptnn # demo | q3\n"
    )

    def author() -> str:
        form = "--format=%an|%ae|%aI|%cn|%s"
        return git(chat.repo, "log", "-1", form, chat.one("@")["commit_id"]).decode().strip()

    assert author() == "Bob|bob@x.y|2026-03-01T10:00:06+00:00|Ada|[demo] q3"
    chat.ok("metaedit --author-timestamp 2020-01-02T03:04:05+02:00")
    assert author() == "Bob|bob@x.y|2020-01-02T03:04:05+02:00|Ada|[demo] q3"
    chat.ok("metaedit --author-timestamp 2020-01-02")
    assert author().split("|")[2] == "2020-01-02T00:00:00+00:00"
    chat.ok("metaedit --update-author")
    assert author() == "Ada|ada@example.org|2020-01-02T00:00:00+00:00|Ada|[demo] q3"
    chat.ok("metaedit --update-author-timestamp -m named")
    assert re.fullmatch(r"Ada\|ada@example.org\|2026-03-12T\S+\|Ada\|named", author())
    with unchanged(chat.repo):
        assert chat.wj("metaedit") == "Nothing changed.\n"
    assert chat.ok("metaedit --force-rewrite").startswith("Modified 1 commit:\n")


def test_a_new_change_id_in_the_middle(chat: Sandbox) -> None:
    old = chat.one("@-")
    above, tip = chat.one("@--"), chat.one("@")
    chat.ok("session create mid -r @-")
    chat.ok("metaedit @- --update-change-id")

    new = chat.one("mid")
    assert new["change_id"] != old["change_id"]
    assert chat.one("@")["change_id"] == tip["change_id"]
    assert chat.one("@")["parents"] == [new["commit_id"]]
    assert new["parents"] == [above["commit_id"]]
    versions = [entry["commit"]["commit_id"] for entry in chat.json("evolog -r mid")]
    assert versions == [new["commit_id"], old["commit_id"]]
    assert "doesn't exist" in chat.wj(f"show {old['change_id']}")


def test_an_equal_change_in_two_concurrent_commands_is_one(chat: Sandbox) -> None:
    freeze(chat)
    chat.ok("describe -m same")
    chat.ok("describe -m same --at-op @-")

    assert not chat.one("@")["divergent"]
    assert chat.titles("all()") == ["same", "q2", "q1", ""]


def test_back_to_the_very_same_commit_in_the_same_second(chat: Sandbox) -> None:
    freeze(chat)
    chat.ok("describe -m one")
    one = chat.one("@")
    chat.ok("describe -m two")
    chat.ok("describe -m one")

    assert chat.one("@")["commit_id"] == one["commit_id"]
    assert chat.titles("all()") == ["one", "q2", "q1", ""]
    chat.ok("undo")
    assert chat.titles("@") == ["two"]


def freeze(box: Sandbox) -> None:
    """Run every later command in the same second with the same randomness."""

    class Stopped(int):
        def __add__(self, _: int) -> Stopped:
            return self

    box.count = Stopped(100)
