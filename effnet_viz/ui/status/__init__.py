"""How the server stands, for the teacher: a page, JSON, and Prometheus' format."""
