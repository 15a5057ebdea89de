"""Which networks can be built, and how one is recognised by its shapes."""
