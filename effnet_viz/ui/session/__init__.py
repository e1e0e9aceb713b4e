"""What a visitor has chosen, and what is kept for everybody."""
