"""Work on the whole repository: abandoning operations, retention, doctor and repair."""
