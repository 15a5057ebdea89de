"""How fast the window answers, and what it leaves behind, measured while it is driven as by a person."""
