"""Renders values as text and JSON."""
