"""Plots, as widgets that know nothing of panels."""

import pyqtgraph  # noqa: F401

from workbench.gui.state import theme

theme.colour_plots()
