"""Data sets that are computed: their rule holds for each input, and they are the same everywhere."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from workbench.nets.architectures.building import build
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, data_set, teacher_widths
from workbench.nets.datasets import in_memory, load
from workbench.nets.initialisers import initialise
from workbench.nets.parts import normalise


def test_an_input_of_xord_has_label_1_where_a_pair_has_equal_entries() -> None:
    data = load("xord")
    images, labels = torch.cat([data.train_images, data.test_images]), torch.cat([data.train_labels, data.test_labels])
    values = normalise(images, data.mean, data.std)
    assert set(values.unique().tolist()) == {-1.0, 1.0}
    wanted = [any(first == second for first, second in each[:, 0].T.tolist()) for each in values]
    assert labels.tolist() == [int(each) for each in wanted]
    assert int(labels.sum()) == 1_000
    counts = np.bincount((values[:, 0] == values[:, 1]).sum(dim=(1, 2))[labels == 1].int().numpy(), minlength=28)
    assert counts[0] == 0
    assert counts[1:].min() > 15  # each number of equal pairs is as frequent


def test_four_filters_solve_xord() -> None:
    """Brutzkus and Globerson: two filters for equal entries, two for others; the largest over all pairs decides."""
    net = build("xord", (2, 1, 27), 2, widths=(4,), bias=False)
    with torch.no_grad():
        net.get_submodule("conv1").get_parameter("weight").copy_(
            torch.tensor([[3.0, 3.0], [-3.0, -3.0], [1.0, -1.0], [-1.0, 1.0]])[:, :, None, None]
        )
    data = load("xord")
    found = net(normalise(data.test_images, data.mean, data.std)).argmax(dim=1)
    assert torch.equal(found, data.test_labels)


def test_the_classifier_of_xord_is_not_trained() -> None:
    net = build("xord", (2, 1, 27), 2, widths=(6,))
    initialise(net, "kaiming_normal", 5)
    classifier = net.get_submodule("fc1")
    assert isinstance(classifier, nn.Linear)
    assert classifier.weight.tolist() == [[-1.0] * 3 + [1.0] * 3, [1.0] * 3 + [-1.0] * 3]
    assert classifier.bias.tolist() == [0.0, 0.0]
    assert not any(parameter.requires_grad for parameter in classifier.parameters())


def test_labels_are_those_of_the_teacher() -> None:
    data, facts = load("teacher_digits_conv"), data_set("teacher_digits_conv")
    plan = ARCHITECTURES["digits_conv"]
    teacher = build("digits_conv", facts.image_shape, 10, teacher_widths(plan)).double()
    initialise(teacher.float(), "kaiming_normal", 0)
    images = torch.cat([data.train_images, data.test_images]).double()
    with torch.no_grad():
        logits = teacher.double()((images - 127.5) / 40.8).numpy()
    scaled = (logits - logits.mean(axis=0)) / logits.std(axis=0)
    assert data.test_labels.tolist() == scaled.argmax(axis=1)[5_000:].tolist()
    assert data.test_images.double().mean() == pytest.approx(127.5, abs=0.5)


@pytest.mark.parametrize("name", ["xord", "teacher_lenet"])
def test_generated_data_are_as_described_and_the_same_each_time(name: str) -> None:
    data, again, facts = load(name), in_memory(name), DATA_SETS[name]
    assert (data.train_images.shape, data.test_images.shape) == (
        (facts.train_images, *facts.image_shape),
        (facts.test_images, *facts.image_shape),
    )
    assert torch.equal(data.train_images, again.train_images)
    assert torch.equal(data.test_labels, again.test_labels)
    assert len(data.classes) == facts.classes
    assert int(data.train_labels.max()) == facts.classes - 1
    assert facts.bundled
    assert facts.generated


def test_every_architecture_without_signs_and_hidden_batch_norms_can_teach() -> None:
    taught = {facts.teacher for facts in DATA_SETS.values() if facts.teacher}
    assert taught == set(ARCHITECTURES) - {"xord", "lenet_bn"}
