"""What the figures of the report are called. Loads no torch: the command line and the window list them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL = "all"
NETWORKS = ("lenet", "conv2", "conv6", "vgg19bn")
TITLES: Mapping[str, str] = {
    "fig1": "Figure 1: the networks",
    "fig2a": "Figure 2a: pruning LeNet",
    "fig2b": "Figure 2b: pruning Conv-2, every layer",
    "fig3": "Figure 3: the weight graph of Conv-2",
    "fig4": "Figure 4: clusters of filters in VGG19BN",
    "fig5": "Figure 5: the same start, another classifier",
    "fig6": "Figure 6: the spectrum of Conv-2",
    "fig7": "Figure 7: the spectra of VGG19BN",
    "fig8": "Figure 8: rank 10",
    "angles": "Principal angles",
}
