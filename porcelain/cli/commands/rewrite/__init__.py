"""Commands that change content: describe, commit, squash, split, restore, resolve and others."""
