"""Time and memory beside other tools: `python -m benchmarks`."""
