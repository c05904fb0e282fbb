"""The built-in looks of the log, as templates: `-T NAME` takes them, and aliases may use them."""

from __future__ import annotations

_ID = 'change_id.shortest(8) ++ if(hidden || divergent, "/" ++ change_offset)'
_FACTS = (
    'model, timestamp, sessions.join(" "), if(sessions, surround("\\"", "\\"", session_title)), '
    'tags.join(" "), working_copies.join(" "), builtin_count'
)
_TITLE = 'if(title, title, if(empty, label("empty description placeholder", no_description), '
_TITLE += 'label("description placeholder", no_description)))'

LOG = {
    "builtin_log_compact": (
        'if(root, separate(" ", change_id.shortest(8), label("root", "root()"), '
        'commit_id.shortest(8)) ++ "\\n", separate(" ", builtin_change_id, '
        f'{_FACTS}, commit_id.shortest(8), builtin_labels) ++ "\\n" ++ '
        'if(empty, label("empty", "(empty)") ++ " ") ++ builtin_title ++ "\\n")'
    ),
    "builtin_log_comfortable": 'builtin_log_compact ++ "\\n"',
    "builtin_log_oneline": (
        'if(root, builtin_log_compact, separate(" ", builtin_change_id, timestamp.format('
        '"%Y-%m-%d"), sessions.join(" "), tags.join(" "), commit_id.shortest(8), builtin_labels, '
        'if(empty, label("empty", "(empty)")), builtin_title) ++ "\\n")'
    ),
    "builtin_change_id": _ID,
    "builtin_count": 'messages ++ if(messages == 1, " message", " messages")',
    "builtin_labels": (
        'separate(" ", if(hidden, label("hidden", "(hidden)"), if(divergent, '
        'label("divergent", "(divergent)"))), if(conflict, label("conflict", "(conflict)")))'
    ),
    "builtin_title": _TITLE,
    "no_description": '"(no description set)"',
}
"""Names and texts; a configured alias of the same name goes before them."""

LOOKS = ("builtin_log_compact", "builtin_log_comfortable", "builtin_log_oneline")
