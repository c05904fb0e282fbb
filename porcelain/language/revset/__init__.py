"""Revsets: expressions that name commits.

`parser.parse` a text, `evaluate.evaluate` it on a `graph.Graph`, read the
`selection.Selection` as far as needed; `evaluate.resolve_one` where exactly one commit will do.
Import from these modules: a log of everything needs no parser.
"""
