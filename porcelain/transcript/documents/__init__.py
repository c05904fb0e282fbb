"""Formats whose files are JSON documents, in which the rows are the messages."""
