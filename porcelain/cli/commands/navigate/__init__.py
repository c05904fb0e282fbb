"""Commands that move `@`: new, edit, next, prev, fork, rewind."""
