"""What is around the picture of a panel."""
