"""Commands that move changes: rebase, duplicate, parallelize, simplify-parents."""
