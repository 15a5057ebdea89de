"""Forms built from the fields of dataclasses, and the controls in them."""
