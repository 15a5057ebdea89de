"""Figures of two networks side by side."""
