"""Widgets that know nothing of panels."""
