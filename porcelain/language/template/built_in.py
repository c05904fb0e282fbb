"""The built-in looks as templates. `-T NAME` takes them, and aliases use and replace their parts.

`scripts/write_looks.py` compiles those that listings use without any setting.
"""

from __future__ import annotations

_LOG = {
    "builtin_log_compact": "builtin_log_compact(self)",
    "builtin_log_compact(commit)": r"""
        format_entry(commit, concat(
            format_short_commit_header(commit) ++ "\n",
            separate(" ", if(commit.empty(), empty_commit_marker), format_title(commit)) ++ "\n"))
    """,
    "builtin_log_comfortable": r'builtin_log_compact ++ "\n"',
    "builtin_log_compact_full_description": r"""
        format_entry(self, concat(
            format_short_commit_header(self) ++ "\n",
            separate(" ", if(empty, empty_commit_marker),
                if(description, description.trim_end(), format_title(self))) ++ "\n")) ++ "\n"
    """,
    "builtin_log_oneline": r"""
        format_entry(self, separate(" ",
            format_short_change_id_with_change_offset(self), timestamp.format("%Y-%m-%d"), sessions,
            tags, format_short_commit_id(commit_id), format_commit_labels(self),
            if(empty, empty_commit_marker), format_title(self)) ++ "\n")
    """,
    "builtin_log_redacted": r"""
        format_entry(self, concat(
            separate(" ",
                format_short_change_id_with_change_offset(self),
                format_timestamp(commit_timestamp(self)),
                sessions.map(|one| label("sessions", hash(one.name()).substr(0, 8))),
                tags.map(|one| label("tags", hash(one.name()).substr(0, 8))),
                format_count(messages),
                format_short_commit_id(commit_id),
                format_commit_labels(self)) ++ "\n",
            separate(" ", if(empty, empty_commit_marker), label("description", "(redacted)"))
                ++ "\n"))
    """,
    "builtin_log_detailed": "builtin_log_detailed(self)",
    "builtin_log_detailed(commit)": r"""
        concat(
            "Commit ID: " ++ commit.commit_id() ++ "\n",
            "Change ID: " ++ commit.change_id() ++ "\n",
            if(!commit.root(), format_details(commit)))
    """,
    "format_details(commit)": r"""
        concat(
            format_field("Sessions", label("sessions", commit.sessions().map(|one| format_full_ref(one)))),
            format_field("Tags", label("tags", commit.tags().map(|one| format_full_ref(one)))),
            format_field("Author", format_detailed_signature(commit.author())),
            format_field("Committer", format_detailed_signature(commit.committer())),
            format_field("Model", commit.model()),
            if(commit.native_id() && commit.native_id() != commit.session_id()
                || commit.session_title() || commit.project() || commit.git_branch()
                || commit.agent_version() || commit.start(),
                concat(
                    format_field("Native ID", commit.native_id()),
                    format_field("Title", commit.session_title()),
                    format_field("Project", commit.project()),
                    format_field("Branch", commit.git_branch()),
                    format_field("Agent", separate(" ", commit.agent(), commit.agent_version())),
                    format_field("Started", commit.start()))),
            if(commit.messages(), format_field("Messages", commit.messages() ++ " in "
                ++ commit.rows() ++ if(commit.rows() == 1, " row", " rows"))),
            format_field("Attached", commit.attachments().join(", ")),
            "\n",
            indent("    ", if(commit.message(),
                label(if(commit.generated(), "note", "description"),
                    stringify(commit.message().trim_end())),
                label("description placeholder", "(no description set)")) ++ "\n"),
            "\n")
    """,
    "format_field(name, value)": r'surround(pad_end(9, name) ++ ": ", "\n", value)',
    "format_entry(commit, entry)": r"""
        if(commit.missing(), format_missing_commit(commit) ++ "\n",
            if(commit.root(), format_root_commit(commit),
                label(separate(" ", if(commit.immutable(), "immutable", "mutable"),
                    if(commit.conflict(), "conflicted")), entry)))
    """,
    "format_short_commit_header(commit)": r"""
        separate(" ",
            format_short_change_id_with_change_offset(commit),
            format_model(commit.model()),
            format_timestamp(commit_timestamp(commit)),
            commit.sessions(),
            if(commit.sessions(), surround("\"", "\"", commit.session_title())),
            commit.tags(),
            commit.working_copies(),
            format_count(commit.messages()),
            format_short_commit_id(commit.commit_id()),
            format_commit_labels(commit))
    """,
    "format_root_commit(root)": r"""
        separate(" ", format_short_change_id(root.change_id()), label("root", "root()"),
            format_short_commit_id(root.commit_id())) ++ "\n"
    """,
    "format_missing_commit(commit)": r"""
        commit.commit_id().short() ++ " " ++ label("unreadable", "(unreadable)")
    """,
    "format_title(commit)": r"""
        if(commit.title(), label("description", commit.title()),
            label(if(commit.empty(), "empty"), description_placeholder))
    """,
    "format_model(model)": 'truncate_end(60, model, "…")',
    "format_count(count)": r"""
        if(count, label("count", count ++ if(count == 1, " message", " messages")))
    """,
    "format_commit_labels(commit)": r"""
        separate(" ",
            if(commit.hidden(), label("hidden", "(hidden)"),
                if(commit.divergent(), label("divergent", "(divergent)"))),
            if(commit.conflict(), label("conflict", "(conflict)")),
            if(commit.problem(), label("unreadable", "(unreadable)")))
    """,
}
_SUMMARY = {
    "builtin_commit_summary": "format_commit_summary(self)",
    "format_commit_summary(commit)": r"""
        format_commit_summary_with_refs(commit, separate(" ", commit.sessions(), commit.tags()))
    """,
    "format_commit_summary_with_refs(commit, refs)": r"""
        if(commit.missing(), format_missing_commit(commit),
            separate(" ",
                format_short_change_id_with_change_offset(commit),
                format_short_commit_id(commit.commit_id()),
                if(commit.root(), label("root", "root()"), separate(" ",
                    surround("", " " ++ label("separator", "|"), refs),
                    format_commit_labels(commit),
                    if(commit.empty(), empty_commit_marker),
                    format_title(commit)))))
    """,
    "format_session_summary(commit)": r"""
        if(commit.generated() && commit.session_title(),
            separate(" ",
                format_short_change_id_with_change_offset(commit),
                format_short_commit_id(commit.commit_id()),
                format_commit_labels(commit),
                if(commit.empty(), empty_commit_marker),
                commit.session_title()),
            format_commit_summary_with_refs(commit, ""))
    """,
    "format_short_id(id)": "id.shortest(8)",
    "format_short_change_id(id)": "format_short_id(id)",
    "format_short_commit_id(id)": "format_short_id(id)",
    "format_short_change_id_with_change_offset(commit)": r"""
        if(commit.hidden() || commit.divergent(),
            label(if(commit.divergent(), "divergent"), concat(
                format_short_change_id(commit.change_id()),
                label("change_id offset", "/" ++ commit.change_offset()))),
            format_short_change_id(commit.change_id()))
    """,
    "commit_timestamp(commit)": "commit.timestamp()",
    "format_timestamp(timestamp)": "timestamp",
    "format_detailed_signature(signature)": r"""
        label("author", coalesce(signature.name(), name_placeholder)
            ++ " <" ++ coalesce(signature.email(), email_placeholder) ++ ">")
            ++ " (" ++ format_timestamp(signature.timestamp()) ++ ")"
    """,
    "format_short_signature(signature)": "coalesce(signature.email(), email_placeholder)",
    "empty_commit_marker": 'label("empty", "(empty)")',
    "description_placeholder": 'label("description placeholder", "(no description set)")',
    "email_placeholder": 'label("email placeholder", "(no email set)")',
    "name_placeholder": 'label("name placeholder", "(no name set)")',
}
_OPERATIONS = {
    "builtin_op_log_compact": "format_operation_or_root(self, format_operation(self))",
    "builtin_op_log_comfortable": r'builtin_op_log_compact ++ "\n"',
    "builtin_op_log_oneline": r"""
        format_operation_or_root(self, separate(" ",
            format_short_operation_id(self.id()), user, format_workspace_name(workspace_name),
            label("time", time.end().ago()), description.first_line(),
            label("attributes", args)) ++ "\n")
    """,
    "builtin_op_log_redacted": r"""
        format_operation_or_root(self, separate(" ",
            format_short_operation_id(self.id()), label("time", format_time_range(time)),
            kind) ++ "\n")
    """,
    "format_operation_or_root(operation, entry)": r"""
        label(if(operation.current_operation(), "current_operation"),
            if(operation.root(),
                separate(" ", format_short_operation_id(operation.id()), label("root", "root()"))
                    ++ "\n",
                entry))
    """,
    "format_operation(operation)": r"""
        concat(
            separate(" ",
                format_short_operation_id(operation.id()),
                operation.user(),
                format_workspace_name(operation.workspace_name()),
                label("time", format_time_range(operation.time()))) ++ "\n",
            operation.description().first_line() ++ "\n",
            surround(label("attributes", "args: "), "\n", label("attributes", operation.args())))
    """,
    "format_workspace_name(name)": 'label("working_copies", surround("", "@", name))',
    "format_short_operation_id(id)": "id.shortest(12)",
    "format_time_range(range)": 'range.end().ago() ++ ", lasted " ++ range.duration()',
    "builtin_evolog_compact": r"""
        builtin_log_compact(commit) ++ if(operation, separate(" ",
            label("separator", "--"), "operation", label("op_log", operation.id().short()),
            operation.description().first_line()) ++ "\n")
    """,
}
_NAMES = {
    "builtin_session_list": r"""
        format_ref("sessions", format_short_ref(self), if(is_below,
            format_session_summary(normal_target), format_session(normal_target)))
    """,
    "builtin_session_list_compact": r"""
        format_ref("sessions", format_full_ref(self), format_session_summary(normal_target))
    """,
    "builtin_tag_list": r"""
        format_ref("tags", format_full_ref(self), format_commit_summary_with_refs(normal_target, ""))
    """,
    "format_short_ref(ref)": 'ref.short_name() ++ surround("@", "", ref.remote())',
    "format_full_ref(ref)": 'ref.name() ++ surround("@", "", ref.remote())',
    "format_ref(kind, shown, target)": r"""
        concat(
            pad_end(2 * depth, ""),
            if(is_below, "  " ++ label(kind, "@" ++ remote) ++ distance, label(kind, shown)),
            if(!present, " " ++ label("deleted", "(deleted)") ++ "\n",
                if(conflict,
                    concat(
                        " " ++ label("conflict", "(conflicted)") ++ ":\n",
                        removed_targets.map(|one| format_ref_side("-", one)).join(""),
                        added_targets.map(|one| format_ref_side("+", one)).join("")),
                    ": " ++ target ++ "\n")))
    """,
    "format_ref_side(sign, commit)": r"""
        if(is_below, "    ", "  ") ++ sign ++ " " ++ format_session_summary(commit) ++ "\n"
    """,
    "format_session(commit)": r"""
        if(commit.missing(), format_missing_commit(commit), separate(" ",
            format_short_change_id_with_change_offset(commit),
            format_short_commit_id(commit.commit_id()),
            if(commit.root(), label("root", "root()"), separate(" ",
                label("timestamp", commit.age()),
                commit.agent(),
                label("project", commit.project_name()),
                format_model(commit.model()),
                format_count(commit.messages()),
                format_commit_labels(commit),
                if(commit.empty(), empty_commit_marker),
                label("separator", "|"),
                if(commit.generated() && commit.session_title(), commit.session_title(),
                    format_title(commit))))))
    """,
}
_MESSAGES = {
    "builtin_search": r"""
        separate(" ",
            format_short_change_id_with_change_offset(commit),
            label("sessions", session),
            label("number", number),
            label("role " ++ role, coalesce(role, "?")),
            timestamp) ++ "\n    " ++ excerpt ++ "\n"
    """,
}
_STATUS = {
    "builtin_status": r"""
        concat(
            if(commit,
                concat(
                    "Working copy  (@) : " ++ format_commit_summary(commit) ++ "\n",
                    parents.map(|one| "Parent commit (@-): " ++ format_commit_summary(one)
                        ++ "\n").join("")),
                "This workspace has no current commit\n"),
            surround("Current session   : ", "\n", label("sessions", session)))
    """,
}

ALIASES: dict[str, str] = {**_LOG, **_SUMMARY, **_OPERATIONS, **_NAMES, **_MESSAGES, **_STATUS}
"""Declarations and texts; a configured alias of the same declaration goes before them."""


def looks_of(command: str) -> list[str]:
    """Return the built-in templates for a command, by its words without `wj`."""
    prefix = {
        "show": "builtin_log_",
        "tag list": "builtin_tag_list",
    }.get(command, f"builtin_{command.replace(' ', '_')}")
    return [name for name in ALIASES if name.startswith(prefix) and "(" not in name]
