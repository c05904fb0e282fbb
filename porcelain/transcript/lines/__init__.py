"""Formats whose files are JSON lines, one row a line."""
