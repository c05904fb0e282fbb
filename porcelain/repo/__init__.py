"""`Repo`, the read-only `RepoReader`, past states, and the differences between states."""
