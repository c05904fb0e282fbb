"""The commands of `wj`: each parses, calls the domain and reports."""
