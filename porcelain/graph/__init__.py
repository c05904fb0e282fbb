"""Questions about commits, changes and names, answered from the index."""
