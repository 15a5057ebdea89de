"""The map: other views of the units of the weight graph."""
