"""Sessions, tags and workspaces: made, pointed, renamed, deleted."""
