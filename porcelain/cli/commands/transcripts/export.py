"""`wj export`: write a conversation in its agent's format."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from porcelain.actions.importing.source_book import location_of
from porcelain.cli.run.context import Context
from porcelain.cli.run.errors import Misuse
from porcelain.cli.run.files import write_output
from porcelain.cli.run.params import FILE, make_command
from porcelain.cli.shared.converted import converted
from porcelain.cli.shared.revision_args import resolve_position
from porcelain.display import counted, plain
from porcelain.errors import Refused
from porcelain.index.view_rows import shown_replica
from porcelain.model.view_value import SESSIONS, parse_target
from porcelain.repo.exporting import (
    Exported,
    FoundFile,
    copied_file,
    export_conversation,
    find_file,
)
from porcelain.transaction.replicas import oldest_replica
from porcelain.transcript.claude.links import broken_links, repaired_links, unreached_messages
from porcelain.transcript.format_table import format_named
from store.ids import EMPTY_TREE, TreeId
from store.session.session import Session
from store.tree_layout.attachments import attachments_of, read_attachments

if TYPE_CHECKING:
    from porcelain.exchange.page.plain_text import Style

CLAUDE_CODE = "claude-code"
_SHOWN = ("html", "markdown", "text")
"""Formats to look at; no agent reads them."""
_HARMLESS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


@make_command("export")
@click.argument("revisions", nargs=-1, metavar="[REV…]")
@click.option("--format", "format_name", metavar="FORMAT",
              help="The format (default: the conversation's own); another one is converted into; "
                   "html, markdown or text to look at")  # fmt: skip
@click.option(
    "-o", "--output", "path", type=FILE, metavar="FILE", help="Write to FILE instead of stdout"
)
@click.option("--force", is_flag=True, help="Replace an existing file")
@click.option("--source", metavar="PATH|ID",
              help="Write an imported file whole, named by its path or its source's id")  # fmt: skip
@click.option("--relink", is_flag=True,
              help="Link rows from another conversation to the row before them")  # fmt: skip
@click.option("--strict", is_flag=True, help="Refuse to leave anything out in another format")
@click.option("--all", "everything", is_flag=True,
              help="Write every session into the folder FILE; of html, everything into one page")  # fmt: skip
@click.option("--public", is_flag=True, help="Let everybody on this machine read FILE")
@click.option("--allow-secrets", is_flag=True,
              help="Write html, markdown or text although it holds keys or passwords")  # fmt: skip
def command(
    context: Context,
    /,
    revisions: tuple[str, ...],
    format_name: str | None,
    path: str | None,
    source: str | None,
    **flags: bool,
) -> None:
    """Write a conversation, by default that of `@`, in its agent's format or in another one.

    The live end of a file that was imported and not changed since is written as it came in,
    byte for byte. `--source` writes any imported file so, with its branches and damaged lines. A
    fork is written under its own native id. Of a conflicted message the first side is written,
    with a warning. In another format the messages, tool calls, results and images are written;
    what that format cannot hold is left out with a warning.

    `--format html` writes one page with the conversations at all REVs, their forks and their
    differences; `markdown` and `text` write one conversation, or the difference of two. These
    are made to be shared, and are refused where they hold keys or passwords.
    """
    if format_name in _SHOWN:
        for option, is_given in (
            ("source", source is not None),
            ("relink", flags["relink"]),
            ("strict", flags["strict"]),
        ):
            if is_given:
                raise Misuse(f"`--{option}` does not go with `--format {format_name}`")
        _export_shown(context, revisions, format_name, path, flags)
        return
    for name in ("public", "allow_secrets"):
        if flags[name]:
            option = f"--{name.replace('_', '-')}"
            raise Misuse(f"`{option}` goes with `--format html`, `markdown` or `text`")
    if source is not None:
        _export_source(context, source, path, replace=flags["force"])
        return
    if flags["everything"]:
        if path is None:
            raise Misuse("`--all` writes several files", "Name a folder with `-o`")
        _export_all(context, path, format_name, flags)
        return
    if len(revisions) > 1:
        raise Misuse("One conversation is written at a time", "`--all` writes every session")
    revision = revisions[0] if revisions else "@"
    position = resolve_position(context, revision)
    data, _ = _read(
        context, position, format_name, revision, relink=flags["relink"], strict=flags["strict"]
    )
    _warn_of_conflicts(context, position, "The conversation")
    _write(context, data, path, replace=flags["force"])
    _say_what_is_attached(context, position)


def _export_shown(
    context: Context,
    revisions: Sequence[str],
    format_name: str,
    path: str | None,
    flags: Mapping[str, bool],
) -> None:
    """Write a page, Markdown or text."""
    from porcelain.cli.look.pages import page_of, text_of

    to_file = path not in (None, "-")
    allow = flags["allow_secrets"]
    if format_name == "html":
        if not to_file and sys.stdout.isatty() and not context.output.json:
            raise Misuse("A page is for a browser, not for a terminal", "Name a file with `-o`")
        chosen = ("all()",) if flags["everything"] else revisions or ("@",)
        data = page_of(context, chosen, allow_secrets=allow)
    else:
        if flags["everything"] or len(revisions) > 2:
            raise Misuse("As text one conversation is written, or the difference of two")
        for revision in revisions or ("@",):
            position = resolve_position(context, revision)
            _warn_of_conflicts(context, position, f"The conversation at {plain(revision)}")
        style: Style = "markdown" if format_name == "markdown" else "text"
        data = text_of(context, revisions or ("@",), style, allow_secrets=allow)
    _write(context, data, path, replace=flags["force"], public=flags["public"])


def _write(
    context: Context, data: bytes, path: str | None, *, replace: bool, public: bool = False
) -> None:
    if path is None or path == "-":
        _print(context, data)
        return
    write_output(path, data, replace=replace, public=public)
    context.output.status(f"Wrote {counted(len(data), 'byte')} to {path}")
    if context.output.json:
        context.output.data({"files": [{"path": os.path.abspath(path), "bytes": len(data)}]})


def _export_source(context: Context, name: str, path: str | None, *, replace: bool) -> None:
    """Write an imported file as it was, whatever was done to its conversation since."""
    file, one = _find_source(context, name)
    if file.source.redacted:
        context.output.warning("The file was redacted here, and is written without that text")
    if file.beside is None or one:
        data = file.file_bytes(context.repo.repository, one)
        _write(context, data, path, replace=replace)
        return
    names = [file.beside.name, *file.beside.files]
    if path is None or path == "-":
        files = counted(len(names), "file")
        raise Misuse(f"The conversation is a folder of {files}", "Name a folder with `-o`")
    written: dict[str, bytes] = {}
    for inside in names:
        if os.path.basename(inside) != inside or inside in ("", ".", "..") or "\0" in inside:
            raise Refused(f"{plain(inside)} is stored as a file's name, but it is none")
        written[os.path.join(path, inside)] = file.file_bytes(context.repo.repository, inside)
    _write_files(context, path, written, replace=replace)


def _find_source(context: Context, name: str) -> tuple[FoundFile, str]:
    """Return an imported file or folder, and "" or the name of the one file in it that is meant.

    Raises:
        Refused: there is none, or more than one.
    """
    repo = context.repo
    replica = oldest_replica(repo.index, shown_replica(repo.repository, repo.index, repo.host))
    folder, one = os.path.split(os.path.abspath(name))
    try:
        return find_file(repo.index, repo.repository, name, location_of(replica, name)), ""
    except Refused as error:
        copied = copied_file(repo.index, repo.repository, location_of(replica, name))
        if copied is not None:
            return copied, ""
        try:
            found = find_file(repo.index, repo.repository, folder, location_of(replica, folder))
        except Refused:
            raise error from None
        if found.beside is None or one not in (
            found.beside.name,
            *found.beside.files,
        ):
            raise
        return found, one


def _export_all(
    context: Context, folder: str, format_name: str | None, flags: Mapping[str, bool]
) -> None:
    """Write every session to a file in a folder; create the folder if it is missing.

    Conflicted and empty sessions are left out with a warning.

    Raises:
        FileExistsError: a file exists and is not to be replaced; none is written.
        OSError: a file cannot be written.
    """
    repo, output, replace = context.repo, context.output, flags["force"]
    files: dict[str, bytes] = {}
    for name, value in repo.names(SESSIONS):
        target = parse_target(value)
        position = repo.index.position(target[0]) if len(target) == 1 and target[0] else None
        if position is None:
            output.warning(f"Session {name} is conflicted and was left out")
            continue
        try:
            data, suffix = _read(context, position, format_name, name, strict=flags["strict"])
        except Refused as error:
            output.warning(f"Session {name} was left out: {error}")
            continue
        _warn_of_conflicts(context, position, f"Session {plain(name)}")
        files[os.path.join(folder, f"{_file_name(name)}{suffix}")] = data
    _write_files(context, folder, files, replace=replace)


def _write_files(
    context: Context, folder: str, files: Mapping[str, bytes], *, replace: bool
) -> None:
    """Write files into a folder, which is made where it is missing; none if one is there already.

    Raises:
        FileExistsError: a file exists and is not to be replaced; none is written.
        OSError: a file cannot be written.
    """
    for path in files:
        if not replace and os.path.lexists(path):
            raise FileExistsError(17, "exists already; `--force` replaces it", path)
    os.makedirs(folder, mode=0o700, exist_ok=True)
    for path, data in files.items():
        write_output(path, data, replace=replace)
    context.output.status(f"Wrote {counted(len(files), 'file')} to {folder}")
    if context.output.json:
        written = [{"path": os.path.abspath(p), "bytes": len(d)} for p, d in files.items()]
        context.output.data({"files": written})


def _warn_of_conflicts(context: Context, position: int, what: str) -> None:
    """Warn of conflicts, which no agent's format can hold."""
    row = context.repo.row(position)
    if not row.conflict:
        return
    from porcelain.actions.editing.message_conflicts import conflicts_of, numbers_text

    found = conflicts_of(context.repo.repository, TreeId(row.tree))
    where = ", ".join(map(numbers_text, found))
    context.output.warning(
        f"{what} has unresolved conflicts, and is written with the first side of each; "
        f"they are at messages: {where}",
        f"`wj show {row.id[:12]} --full` shows all sides; `wj resolve -r {row.id[:12]} :ours` "
        "or `:theirs` resolves them",
    )


def _read(
    context: Context,
    position: int,
    format_name: str | None,
    name: str,
    *,
    relink: bool = False,
    strict: bool = False,
) -> tuple[bytes, str]:
    """Return a conversation as bytes, and the suffix of its file name.

    `name` is the revision as the user gave it, which may be a session's name.

    Raises:
        Refused: the commit has no conversation, or one that cannot be written in the format.
        UnknownFormat: there is no such format.
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    row = context.repo.row(position) if position else None
    if row is None or row.tree == EMPTY_TREE:
        raise Refused("The commit has no conversation yet")
    found = export_conversation(context.repo.index, context.repo.repository, row, name)
    session = found.session
    own = session.format if isinstance(session.format, str) else ""
    if format_name is not None:
        format_named(format_name)
    if format_name is not None and format_name != own:
        data = converted(context, session, format_name, strict=strict)
        return data, format_named(format_name).SUFFIX
    if not own:
        known = ", ".join(dict.fromkeys(run[0] for run in session.format))
        raise Refused(
            f"The conversation is in several formats: {known}",
            "`--format` names the one in which it is to be written",
        )
    _say_what_else(context, found)
    branches = found.is_whole and found.file is not None and found.file.lines > 1
    if own == CLAUDE_CODE and (relink or not branches):
        linked = _linked(context, session, relink=relink)
        found = found._replace(session=linked, is_whole=found.is_whole and linked is session)
    return found.to_bytes(), format_named(own).SUFFIX


def _say_what_is_attached(context: Context, position: int) -> None:
    """Say what is kept beside a conversation, which no transcript holds."""
    tree = context.repo.row(position).tree if position else EMPTY_TREE
    attached = read_attachments(
        context.repo.repository, attachments_of(context.repo.repository, tree)
    )
    if attached:
        many = counted(len(attached), "attachment")
        context.output.hint(f"Not in the file: {many} ({', '.join(map(plain, attached))})")


def _say_what_else(context: Context, found: Exported) -> None:
    """Say what the imported file of a conversation has beside it."""
    file = found.file
    if file is not None and file.rows.beside is not None:
        files = counted(len(file.rows.beside.files), "other file")
        context.output.hint(
            f"The imported folder has {files}; `wj export --source {file.key} -o FOLDER` writes all"
        )
    if file is None or file.lines < 2:
        return
    if found.is_whole:
        rows = counted(file.others, "row")
        context.output.status(f"The imported file is written whole, with {rows} of other branches")
        return
    context.output.hint(
        f"The imported file has {file.lines} lines of conversation; "
        f"`wj export --source {file.key}` writes it whole"
    )


def _linked(context: Context, session: Session, *, relink: bool) -> Session:
    """Repair links between rows that an agent cannot follow, or warn of them."""
    rows = [message.raw for message in session.messages]
    if relink:
        found = repaired_links(rows)
        if not found:
            return session
        return session.with_messages([found.get(place, row) for place, row in enumerate(rows)])
    hint = "`--relink` lets each row continue the row before it"
    if loose := len(broken_links(rows)):
        verb = "continues a row" if loose == 1 else "continue rows"
        context.output.warning(
            f"{counted(loose, 'row')} {verb} outside the conversation; an agent may resume only "
            "the rows that follow",
            hint,
        )
    elif missed := len(unreached_messages(rows)):
        context.output.warning(
            f"An agent that follows the links between rows passes by {counted(missed, 'message')}",
            hint,
        )
    return session


def _file_name(session: str) -> str:
    """Return a file name for a session; no name leads out of the folder."""
    return "".join(
        c if c in _HARMLESS and (c != "." or at) else "".join(f"%{b:02X}" for b in c.encode())
        for at, c in enumerate(session)
    )


def _print(context: Context, data: bytes) -> None:
    if context.output.json:
        context.output.data({"content": data.decode("utf-8", "replace")})
    elif sys.stdout.isatty():
        context.output.start_pager()
        context.output.text(context.output.safe(data.decode("utf-8", "replace")))
    else:
        context.output.binary(data)
