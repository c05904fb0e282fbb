"""Imports of agents' files: each as a source with all its rows, and its turns as changes."""
