"""File formats of agents, read and written."""
