"""Commands for the operation log: op, undo, redo."""
