"""What was said in conversations, found by its words: the full-text file and the search in it."""
