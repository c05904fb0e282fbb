"""The built-in looks of listings, which are templates, and the choice of the look to use."""
