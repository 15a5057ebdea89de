"""The low-rank panel."""
