"""The page SE attention."""
