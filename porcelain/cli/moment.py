"""Moments as they are typed: ISO 8601, or so long ago."""

from __future__ import annotations

import re

import click

_AGO = re.compile(r"\s*(\d+)\s*(second|minute|hour|day|week)s?\s+ago\s*", re.IGNORECASE)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def parse_moment(text: str, now: int, option: str) -> int:
    """Return the milliseconds since the epoch of a moment that an option names.

    A date alone is its first moment; without a zone the local one is meant.

    Raises:
        BadParameter: it is neither form.
    """
    ago = _AGO.fullmatch(text)
    if ago is not None:
        return now - int(ago[1]) * _SECONDS[ago[2].lower()] * 1000
    from datetime import datetime  # noqa: PLC0415 - only where a time is given

    try:
        return round(datetime.fromisoformat(text.strip()).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        said = "neither a time in ISO 8601 nor something like `2 days ago`"
        raise click.BadParameter(said, param_hint=option) from error
