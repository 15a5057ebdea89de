"""The overview of a run: how redundant each of its layers is, and since when."""
