"""Signatures of operations, made and verified by the programs that git uses for commits."""
