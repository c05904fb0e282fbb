"""Replay and three-way merge of conversations, with conflicts as values."""
