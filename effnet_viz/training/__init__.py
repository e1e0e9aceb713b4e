"""A small EfficientNet trained by this project's own code, on pictures that this project draws."""
