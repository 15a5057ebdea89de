"""The directions panel: clusters of directions, and norms in two groups."""
