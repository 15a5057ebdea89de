"""What low ranks cost."""
