"""Recording conversations: append, save, import, fork, rewind."""
