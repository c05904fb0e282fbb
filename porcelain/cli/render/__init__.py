"""Turns what commands return into lines of text."""
