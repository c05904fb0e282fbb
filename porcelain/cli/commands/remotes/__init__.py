"""Commands for other machines: remotes, fetch, push, clone, sync, bundles."""
