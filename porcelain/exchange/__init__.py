"""Exchange conversations with the programs and places outside the repository."""
