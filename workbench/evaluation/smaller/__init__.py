"""Smaller networks: merged, shrunk, and saved for other programs."""
