"""Commands that move transcripts in and out: save, append, import, export."""
