"""Where a weight graph is cut off, in which units, and what each cut-off gives."""
