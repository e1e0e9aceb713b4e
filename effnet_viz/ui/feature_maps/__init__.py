"""The page Feature maps."""
