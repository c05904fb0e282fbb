"""Conversations in other formats than the one they were written in."""
