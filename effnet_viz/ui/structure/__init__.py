"""The pages Architecture, Compare and Scaling laboratory."""
