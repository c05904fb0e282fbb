"""Sessions recorded while their agents write: hooks' pokes, changed files, bursts."""
