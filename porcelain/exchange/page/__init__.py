"""Conversations to look at: one self-contained page, the same page served, Markdown and text."""
