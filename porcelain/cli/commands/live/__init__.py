"""Commands that record sessions while agents write, and set up agents for that."""
