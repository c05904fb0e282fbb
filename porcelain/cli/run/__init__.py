"""One run of `wj`: environment, repository, identity, output, errors, parameter types."""
