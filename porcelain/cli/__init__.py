"""The command line: parses arguments, calls the domain, renders the result."""
