"""How results look in a notebook, and the one call that shows everything about a photo."""
