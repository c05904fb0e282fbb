"""A session as a git tree, in either layout, and how one grows."""
