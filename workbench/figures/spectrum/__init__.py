"""The spectrum of a layer."""
