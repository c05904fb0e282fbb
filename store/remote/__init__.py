"""Other repositories: remotes, and what git fetches from them and pushes to them."""
