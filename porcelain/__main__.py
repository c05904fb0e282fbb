"""`wj` as a program, also as `python -m porcelain`.

A start takes 45 ms, and scripts start it a thousand times a day. So the garbage collector does not
run while modules load, and memory is not freed object by object at the end.
"""

from __future__ import annotations

import gc

gc.set_threshold(100_000, 10, 10)

import os  # noqa: E402 - the line above is for the imports below
from typing import NoReturn  # noqa: E402

from porcelain.cli.main import main  # noqa: E402


def run() -> NoReturn:
    """Run this process's command line and end with its exit code.

    All output is flushed and every file closed by then.
    """
    os._exit(main())


if __name__ == "__main__":
    run()
