"""A session file as text: exact JSON slices, spacing, separators and the rules of its fields."""
