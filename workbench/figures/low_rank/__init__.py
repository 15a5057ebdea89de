"""Low-rank approximations of a layer."""
