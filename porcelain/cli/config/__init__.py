"""Settings in layers of TOML files, used by the command line alone."""
