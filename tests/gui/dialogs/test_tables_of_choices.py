"""One row in a table is a network or data set everywhere: command line, dialog, specification and error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch
from PySide6.QtWidgets import QWidget

from workbench.analysis.orders import JOINT_RULES, Rule, joint_order
from workbench.cli import main
from workbench.cli.commands.training import specification
from workbench.cli.dispatching import parser_of
from workbench.doctor import check_data, data_sets
from workbench.figures.settings import PruningSettings
from workbench.gui.dialogs.train_form import make_rows
from workbench.gui.widgets.forms.choice_menu import ChoiceMenu
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, architecture, data_set, usual_data
from workbench.runs.spec import DataSpec, NetSpec, OptimiserSpec, SpecError
from workbench.training.checks import check
from workbench.training.loop.optimisers import OPTIMISERS, SCHEDULES, Optimiser, Schedule, learning_rate, optimiser
from workbench.training.recipes import RECIPES

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_one_row_adds_a_network_and_a_data_set(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ARCHITECTURES, "conv3", replace(ARCHITECTURES["conv2"], name="conv3", title="Conv-3"))
    monkeypatch.setitem(DATA_SETS, "ciphers", replace(DATA_SETS["digits"], name="ciphers", title="Ciphers"))
    fields = make_rows()
    for field in fields.values():
        qtbot.addWidget(field)
    for name, row in (("net", ("conv3", "Conv-3")), ("data", ("ciphers", "Ciphers"))):
        combo = fields[name].controls[0]
        assert row in [(combo.itemData(at), combo.itemText(at)) for at in range(combo.count())]  # type: ignore[attr-defined]
    assert main(["train", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "conv3" in said
    assert "ciphers" in said
    check(next(iter(RECIPES.values())).changed(net=NetSpec("conv3"), data=DataSpec("ciphers"), recipe=None))
    with pytest.raises(ValueError, match=r"Conv-3|conv3"):
        architecture("conv-33")
    with pytest.raises(ValueError, match=r"Ciphers|ciphers"):
        data_set("cipers")


def test_one_row_adds_an_optimiser_and_a_schedule(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = OptimiserSpec("adamw", learning_rate=0.5, schedule="linear")
    monkeypatch.setitem(OPTIMISERS, "adamw", Optimiser("AdamW", "AdamW", spec))
    monkeypatch.setitem(SCHEDULES, "linear", Schedule("line to zero", lambda done: 1.0 - done))
    rows = make_rows()
    for row in rows.values():
        qtbot.addWidget(row)
    for name, texts in (("optimiser", ["SGD", "Adam", "AdamW"]), ("schedule", ["line to zero"])):
        combo = rows[name].control
        assert [combo.itemText(at) for at in range(combo.count())][-len(texts) :] == texts
    assert main(["train", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "{sgd,adam,adamw}" in said
    assert "linear (line to zero)" in said
    options = parser_of("train").parse_args(["--optimizer", "adamw", "--schedule", "linear", "--out", "a.h5"])
    assert specification(options, []).optimiser == spec
    example = next(iter(RECIPES.values()))
    check(example.changed(optimiser=spec))
    for wrong, words in (
        (replace(spec, name="adamx"), "optimisers are sgd, adam, adamw, not adamx"),
        (replace(spec, schedule="log"), "learning-rate schedules are constant, step, cosine, linear, not log"),
        (replace(spec, momentum=0.9), "only sgd takes a momentum, not 0.9"),
    ):
        with pytest.raises(SpecError, match=words):
            check(example.changed(optimiser=wrong))
    made = optimiser(spec, [torch.nn.Parameter(torch.ones(2))], torch.device("cpu"))
    assert isinstance(made, torch.optim.AdamW)
    assert [learning_rate(spec, step, 4) for step in (0, 1, 3)] == [0.5, 0.375, 0.125]


def test_the_usual_data_of_a_network_are_of_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {name: usual_data(name) for name in ARCHITECTURES} == {
        "lenet": "mnist", "lenet_bn": "mnist", "conv2": "cifar10", "conv4": "cifar10", "conv6": "cifar10",
        "vgg11": "cifar10", "vgg19bn": "cifar10", "alexnet": "cifar10", "digits_conv": "digits", "xord": "xord",
    }  # fmt: skip
    large = replace(ARCHITECTURES["conv2"], name="large", image_shape=(3, 224, 224))
    monkeypatch.setitem(ARCHITECTURES, "large", large)
    assert [usual_data(name) for name in ("large", "torchvision:resnet18")] == [None, None]


def test_the_doctor_names_the_data_sets_of_the_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(DATA_SETS, "ciphers", replace(DATA_SETS["digits"], name="ciphers", title="Ciphers"))
    more = replace(DATA_SETS["mnist"], name="letters", title="Letters", folder="letters/raw")
    monkeypatch.setitem(DATA_SETS, "letters", more)
    monkeypatch.delenv("WORKBENCH_DATA", raising=False)
    found = check_data({})
    assert found.value == "digits, ciphers (WORKBENCH_DATA is not set)"
    assert "for MNIST, FashionMNIST, CIFAR-10, CIFAR-100, Letters." in found.remedy
    (tmp_path / "letters" / "raw").mkdir(parents=True)
    monkeypatch.setenv("WORKBENCH_DATA", str(tmp_path))
    assert data_sets() == ["Letters"]


def test_one_row_adds_a_way_in_which_layers_lose_units_together(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(JOINT_RULES, "reverse", Rule("ranked, last first", JOINT_RULES["ranked"].order))
    page = QWidget()
    qtbot.addWidget(page)
    texts = [action.text() for action in ChoiceMenu(page).add_alternatives(PruningSettings, "rule").actions()]
    assert texts == ["Ranked together", "Equal fractions of each", "Ranked, last first"]
    assert main(["prune", "--help"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "ranked (ranked together), fractions (equal fractions of each), reverse (ranked, last first)" in said
    with pytest.raises(ValueError, match="choose one of ranked, fractions, reverse"):
        joint_order("max_mag", [], rule="no")  # type: ignore[arg-type]
