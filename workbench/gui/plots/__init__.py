"""Plots and the view of the weight graph, as widgets that know nothing of panels."""
