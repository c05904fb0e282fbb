"""Sessions and messages as immutable values."""
