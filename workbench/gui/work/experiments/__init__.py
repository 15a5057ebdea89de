"""What the File menu does with experiments."""
