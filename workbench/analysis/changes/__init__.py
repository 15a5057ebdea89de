"""What changed between two weight matrices: of which rank, against noise, and in which units."""
