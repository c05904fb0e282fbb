"""Templates: how commits are printed.

`compile_template` a text for a vocabulary, `render` each subject to labelled fragments.
"""
