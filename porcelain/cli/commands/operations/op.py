"""`wj op`: the operation log. Its commands are in the other files of this folder."""

from __future__ import annotations

from porcelain.cli.run.params import Group

command = Group(
    "op",
    {
        "log": ("operations.op_log", "Show the operation log"),
        "show": ("operations.op_show", "Show an operation and its changes"),
        "diff": (
            "operations.op_show:op_diff_command",
            "Compare the repository between two operations",
        ),
        "restore": ("operations.op_change", "Restore the repository to an earlier state"),
        "revert": (
            "operations.op_change:op_revert_command",
            "Revert one operation and keep the later ones",
        ),
        "abandon": (
            "operations.op_change:op_abandon_command",
            "Abandon operation history",
        ),
        "verify": ("operations.op_verify", "Verify who signed the operation log"),
    },
    help=(
        "Look at and change the operation log.\n\n"
        "Every change of the repository is an operation. OPERATION is `@`, the newest, or the "
        "first digits of an id; `x-` is the operation before x, `x+` the one after it."
    ),
)
