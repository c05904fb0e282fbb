"""The subjects of templates: commits, operations, sessions, messages, as `get(keyword)`."""
