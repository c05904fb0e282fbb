"""Undo, redo, restoring and reverting operations."""
