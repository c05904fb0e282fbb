"""Recording conversations: append, save, import, fork, new, rewind."""
