"""The spool of the repository that a run uses."""

from __future__ import annotations

from porcelain.cli.run.context import Context
from porcelain.exchange.live.spool import Spool, spool_of


def spool_for(context: Context) -> Spool:
    """Return the spool of the run's repository.

    Raises:
        Refused: there is no repository.
    """
    return spool_of(context.settings.state_folder, context.settings.repository_path())
