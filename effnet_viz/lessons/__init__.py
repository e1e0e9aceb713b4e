"""What the lessons compute and ask: the network's own arithmetic in steps small enough to follow; no streamlit."""
