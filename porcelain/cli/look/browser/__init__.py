"""The terminal browser: the only importer of Textual, which the extra `tui` brings."""
