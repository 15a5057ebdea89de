"""Files as the system sees them: opened once, kept whole, locked, told apart by their bytes."""
