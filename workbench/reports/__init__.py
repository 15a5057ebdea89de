"""How a run is told: its redundancy layer by layer in words, numbers and figures, as one page and as a PDF."""
