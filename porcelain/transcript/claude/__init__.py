"""Claude Code's transcripts: read, linked, identified and written."""
