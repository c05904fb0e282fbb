"""The hooks that agents call: entries in their own settings files, or extensions they load."""
