"""Where a layer's units point: clusters of directions, and norms that tell trained units from others."""
