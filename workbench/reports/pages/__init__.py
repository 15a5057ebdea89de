"""A layer over the snapshots as one HTML page that moves: for the supplement of a paper."""
