"""Differences between conversations, and between versions of a change, as text and as data."""
