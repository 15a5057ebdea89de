"""The window: docks, menus, keys, status, help, and its start and end."""
