"""Two networks side by side: runs at a snapshot, or anybody's checkpoints."""
