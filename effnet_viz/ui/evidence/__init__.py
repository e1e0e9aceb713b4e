"""The page Class evidence."""
