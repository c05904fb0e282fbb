"""Rewrites of the graph: rebase, duplicate, parallelize."""
