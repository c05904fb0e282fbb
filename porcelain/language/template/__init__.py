"""Templates: how commits, operations, sessions and messages are printed.

`compile_template` a text for a vocabulary, `render` each subject to labelled pieces.
"""
