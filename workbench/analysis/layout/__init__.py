"""The force-directed layout of the weight graph."""
