"""Figures as files that carry their recipe: written, found, and read back safely."""
