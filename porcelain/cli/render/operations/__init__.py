"""The operation log as text and as data, and differences between operations."""
