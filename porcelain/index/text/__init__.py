"""Messages found by their words: the full-text file and the search in it."""
