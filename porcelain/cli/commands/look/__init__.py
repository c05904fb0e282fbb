"""Commands that show conversations outside the command line."""
