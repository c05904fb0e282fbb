"""Sessions and tags as text and data: lists, their order, and the line of a session."""
