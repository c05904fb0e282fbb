"""A conversation in another format, with a warning for everything that it cannot hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from porcelain.cli.render.operation import iso_milliseconds
from porcelain.errors import Refused
from porcelain.model.message_numbers import MessageNumbers
from porcelain.transcript.format_table import format_named

if TYPE_CHECKING:
    from porcelain.cli.run.context import Context
    from store.session.session import Session


def converted(context: Context, session: Session, format_name: str, *, strict: bool) -> bytes:
    """Return a conversation in another format, and warn of what was left out.

    Raises:
        UnknownFormat: there is no such format.
        Refused: it cannot be written, or holds no message of the conversation, or `strict` and
            something would be left out.
        InvalidSession, ObjectError: the conversation cannot be read.
    """
    from porcelain.transcript.conversion.convert import CODECS, convert_session
    from porcelain.transcript.conversion.said import Losses

    format_named(format_name)
    if format_name not in CODECS:
        raise Refused(
            f"Nothing can be written in the format {format_name}",
            f"These can be written: {', '.join(CODECS)}",
        )
    losses = Losses(MessageNumbers.of(session).of_row)
    made = convert_session(session, format_name, iso_milliseconds(context.now()) or "", losses)
    lost = [loss.text for loss in made.losses]
    if not made.data:
        raise Refused(f"The conversation has no message that the format {format_name} can hold")
    if lost and strict:
        raise Refused(
            f"The format {format_name} cannot hold all of the conversation: {'; '.join(lost)}",
            "Without `--strict` it is written without them",
        )
    for one in lost:
        context.output.warning(f"Left out, as the format {format_name} cannot hold it: {one}")
    return made.data
