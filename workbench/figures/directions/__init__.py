"""Where a layer's units point: clusters of directions against initialisation and chance, and groups of norms."""
