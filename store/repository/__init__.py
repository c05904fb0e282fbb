"""An open repository: reads objects, lands packs, lists and compare-and-swaps refs."""
