"""What `wj export`, `serve` and `browse` show of conversations."""
