"""Values and their stored forms: change ids, operations, views, actors."""
