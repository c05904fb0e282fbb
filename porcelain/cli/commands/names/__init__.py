"""Commands for names: session, tag, workspace."""
