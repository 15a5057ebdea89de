"""The weight graph panel: the graph of a layer, its card and its menus."""
