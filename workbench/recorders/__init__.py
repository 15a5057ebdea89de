"""Trainings by anybody's loop, recorded as runs."""
