"""Imports of agents' files: what a file is of the sources, and its turns as changes."""
