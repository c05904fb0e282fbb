"""Messages as text and data: one, those of a commit or a conversation, conflicts."""
