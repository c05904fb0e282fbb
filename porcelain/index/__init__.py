"""Porcelain's tables in the index: the head view and the operation log."""
