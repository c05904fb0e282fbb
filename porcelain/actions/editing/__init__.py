"""Rewrites of content: describe, squash, split, converge, restore, abandon."""
