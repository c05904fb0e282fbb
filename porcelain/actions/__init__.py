"""The commands that change the repository, each as a function of a transaction.

A rewriting command first calls `Transaction.require_rewritable`, then edits. Descendants, sessions
and workspaces follow when the transaction is staged.
"""
