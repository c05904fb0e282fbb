"""Redaction: text taken out of conversations, descriptions and the log, and out of the objects.

`commits` rewrites what is visible; `wording` the operation log; `purge` lets go of what still
holds the text and looks through every object for it.
"""
