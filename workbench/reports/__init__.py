"""The report about a run: its redundancy layer by layer in words, numbers and figures, as one page and as a PDF."""
