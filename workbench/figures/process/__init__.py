"""The process that draws, and what travels to it and back."""
