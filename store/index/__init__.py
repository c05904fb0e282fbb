"""The disposable commit index: an SQLite file that answers listings without reading objects."""
