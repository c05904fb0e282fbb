"""Answers of `wj` about itself: completion in shells, topics of help."""
