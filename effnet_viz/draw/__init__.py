"""Results as pictures: diagrams, maps and charts that share one palette; no torch, no streamlit."""
