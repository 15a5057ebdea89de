"""Plots, as widgets that know nothing of panels."""
