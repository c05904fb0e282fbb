"""Remove text from conversations, from the operation log and from the objects."""
