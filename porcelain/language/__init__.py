"""The languages that a user types: scanner, string patterns, id prefixes, revsets, templates."""
