"""The report, rebuilt: what each of its figures needs, what it says, what we measure, and the page about it."""
