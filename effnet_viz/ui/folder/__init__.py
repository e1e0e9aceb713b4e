"""The page Many photos: which photos, their rows, and what can be seen in them."""
