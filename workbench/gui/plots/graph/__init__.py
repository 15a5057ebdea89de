"""The view of the weight graph, as a widget that knows nothing of panels."""
