"""The hooks that agents call: their entries in the agents' own settings files."""
