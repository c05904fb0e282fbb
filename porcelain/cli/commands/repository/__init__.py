"""Commands for the whole repository: init, config, doctor, redact, util, help, version."""
