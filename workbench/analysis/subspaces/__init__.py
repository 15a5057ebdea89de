"""The space that the units of a layer point into, and the angles between two of them."""
