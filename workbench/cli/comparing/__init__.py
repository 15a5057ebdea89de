"""Commands about two networks side by side."""
