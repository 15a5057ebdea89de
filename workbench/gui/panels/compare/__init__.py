"""The panel that sets two networks side by side."""
