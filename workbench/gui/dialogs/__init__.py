"""Dialogs: what a person is asked before something is made or done."""
