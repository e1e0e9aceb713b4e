"""One machine for many: whose turn it is, how many cores there are."""
