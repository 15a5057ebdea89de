"""The dock panels."""
