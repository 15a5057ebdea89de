"""Networks of the catalogue known by the shapes of their parameters."""

from __future__ import annotations

import pytest

from workbench.nets.architectures.catalogue import ARCHITECTURES
from workbench.nets.architectures.recognition import recognised
from workbench.nets.architectures.shapes import parameter_shapes


def shapes(name: str, bias: bool = True, **options: object) -> dict[str, tuple[int, ...]]:
    plan = ARCHITECTURES[name]
    return {
        key: shape
        for key, (shape, _) in parameter_shapes(name, plan.image_shape, 10, bias=bias, **options).items()  # type: ignore[arg-type]
    }


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_is_known_by_its_own_parameters(name: str, bias: bool) -> None:
    found = recognised(shapes(name, bias))
    assert found is not None
    assert (found.name, found.widths, found.bias, found.classes) == (name, ARCHITECTURES[name].widths, bias, 10)
    assert found.by_name


def test_names_that_a_file_has_sorted_are_known_all_the_same() -> None:
    found = recognised(dict(sorted(shapes("digits_conv").items())))
    assert found is not None
    assert (found.name, found.by_name) == ("digits_conv", True)


def test_other_names_and_widths_are_known_by_their_shapes() -> None:
    given = shapes("conv4", widths=(5, 6, 7, 8, 9, 11))
    found = recognised({f"net.{at}": shape for at, (_, shape) in enumerate(given.items())})
    assert found is None  # nothing says which of them are weights
    names = {key: f"features.{key}" for key in given}
    found = recognised({names[key]: shape for key, shape in given.items()})
    assert found is not None
    assert (found.name, found.widths, found.by_name) == ("conv4", (5, 6, 7, 8, 9, 11), False)


@pytest.mark.parametrize(
    "change",
    [{"fc9.weight": (3, 3)}, {"conv1.weight": (64, 3, 5, 5)}, {"fc1.weight": (256, 1000)}, {"fc3.bias": (11,)}],
    ids=str,
)
def test_other_shapes_are_no_network_of_the_catalogue(change: dict[str, tuple[int, ...]]) -> None:
    assert recognised(shapes("conv2") | change) is None
    assert recognised(shapes("conv2"), "lenet") is None
