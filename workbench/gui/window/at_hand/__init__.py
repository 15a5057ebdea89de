"""What is done right where one looks: select units, see their cost, fill the window, menus at the mouse."""
