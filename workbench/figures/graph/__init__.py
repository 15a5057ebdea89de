"""The weight graph of a layer."""
