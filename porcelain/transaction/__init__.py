"""Edits in memory, rebasing of descendants, publication, import and export of refs."""
