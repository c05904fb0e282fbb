"""`wj` as a program, also as `python -m porcelain`.

A start takes 45 ms, and scripts start it a thousand times a day. So the garbage collector does not
run while modules load, and memory is not freed object by object at the end.
"""

from __future__ import annotations

import gc

gc.set_threshold(100_000, 10, 10)

import os  # noqa: E402 - the line above is for the imports below
import sys  # noqa: E402
import time  # noqa: E402
from typing import NoReturn  # noqa: E402


def run() -> NoReturn:
    """Run this process's command line and end with its exit code.

    All output is flushed and every file closed by then.
    """
    _open_streams()
    if sys.argv[1:2] == ["hook"] and "--help" not in sys.argv:
        _hook(sys.argv[2:])
    from porcelain.cli.main import main

    os._exit(main())


def _open_streams() -> None:
    """Put /dev/null where the caller has closed a stream: no file of ours may get its number."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))


def _hook(words: list[str]) -> NoReturn:
    """Run `wj hook`, which prints nothing and ends with 0, whatever is wrong."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, 1)
        os.dup2(null, 2)
        from porcelain.exchange.live.poke import poke, start_importer

        if not poke(words, time.time(), start_importer):  # noqa: TID251 - no settings are loaded
            from porcelain.cli.main import main

            main(["hook", *words])
    except BaseException:  # noqa: BLE001, S110 - an agent would run its model again
        pass
    finally:
        os._exit(0)


if __name__ == "__main__":
    run()
