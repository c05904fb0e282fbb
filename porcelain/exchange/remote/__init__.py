"""Names and operation logs of other repositories: fetched, pushed, cloned, synchronised."""
