"""Revsets: expressions that name commits.

`parser.parse` a text, `evaluate.evaluate` it on a `graph_protocol.Graph`, read the
`position_set.Selection` as far as needed; `evaluate.resolve_one` where one commit is needed.
Import from these modules: a log of all commits needs no parser.
"""
