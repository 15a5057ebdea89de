"""The tour: six steps on sample A that point at the real controls."""
