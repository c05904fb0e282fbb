"""What `wj` tells about itself: completion in shells, topics of help."""
