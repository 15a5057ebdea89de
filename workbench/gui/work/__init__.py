"""What menus and drops do: opening, importing, exporting, sessions, trainings. Knows no panel."""
