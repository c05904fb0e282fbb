"""`SessionStore`: saving, appending, forking and listing sessions."""
