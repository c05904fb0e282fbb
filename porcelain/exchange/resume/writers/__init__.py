"""Write conversations as files of the agents other than Claude Code and pawan, a module each."""
