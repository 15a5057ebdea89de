"""How far chance reaches beyond a law whose variance was fitted: the table `analysis.bulk` uses, by simulation.

`python -m tests.analysis.spectra.simulated_margins` prints it; the seed is fixed.
"""

from __future__ import annotations

import sys

import numpy as np

from workbench.analysis.spectra.bulk import COUNTS, RATIOS
from workbench.analysis.spectra.marchenko_pastur import MarchenkoPastur, unit_median

LARGEST_TOTAL = 3_000_000  # numbers in one batch of matrices


def wishart_spectra(units: int, inputs: int, draws: int, seed: int = 0) -> np.ndarray:
    """Ascending eigenvalues of W Wᵀ for Gaussian W of variance 1, (draws, min(m, n)).

    By the bidiagonal model of Dumitriu and Edelman (2002), which has the same distribution and is fast to draw.
    """
    count, longer = min(units, inputs), max(units, inputs)
    random, place = np.random.default_rng(seed), np.arange(count)
    spectra = []
    for start in range(0, draws, step := max(LARGEST_TOTAL // count**2, 1)):
        batch = min(step, draws - start)
        diagonal = np.sqrt(random.chisquare(longer - place, (batch, count)))
        below = np.sqrt(random.chisquare(count - 1 - place[:-1], (batch, count - 1)))
        matrix = np.zeros((batch, count, count))
        matrix[:, place, place] = diagonal**2
        matrix[:, place[1:], place[1:]] += below**2
        matrix[:, place[1:], place[:-1]] = below * diagonal[:, :-1]  # eigvalsh reads the lower triangle
        spectra.append(np.linalg.eigvalsh(matrix))
    return np.concatenate(spectra)


def widening(count: int, inputs: int, draws: int) -> float:
    """What the limit of a fitted law is multiplied by, so that chance goes beyond it at most once in 1,000 spectra.

    The order statistic is one that lies above the 99.9 % quantile with a probability of about 97.5 %.
    """
    spectra = wishart_spectra(count, inputs, draws)
    law = MarchenkoPastur(count, inputs, 1.0)
    largest = spectra[:, -1] / (np.median(spectra, axis=1) / unit_median(count, inputs))
    expected = draws / 1000
    beyond = max(int(expected - 2.0 * np.sqrt(expected)), 1)
    return float(np.sort(largest)[-beyond] / law.limit)


def main() -> None:
    for count in COUNTS:
        row = [widening(count, round(count / ratio), 40_000 if count < 30 else 15_000) for ratio in RATIOS]
        sys.stdout.write(f"({', '.join(f'{max(value, 1.0):.3f}' for value in row)}),  # {count}\n")


if __name__ == "__main__":
    main()
