"""Run files: what is kept."""
