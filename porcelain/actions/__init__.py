"""The commands that rewrite changes, each as a function of a transaction.

Every one first has the commits that it will rewrite checked (`Transaction.require_rewritable`),
then edits; descendants, sessions and workspaces follow when the transaction is staged.
"""
