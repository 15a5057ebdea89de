"""Commands about all snapshots of a run, that make what moves."""
