"""The views of conversations that `wj export`, `serve` and `browse` show."""
