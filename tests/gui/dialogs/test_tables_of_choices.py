"""One row in a table is a network or data set everywhere: command line, dialog, specification and error."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from workbench.cli import main
from workbench.gui.dialogs.train_fields import make_fields
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, architecture, data_set
from workbench.runs.spec import DataSpec, NetSpec
from workbench.training.checks import check
from workbench.training.recipes import RECIPES

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_one_row_adds_a_network_and_a_data_set(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(ARCHITECTURES, "conv3", replace(ARCHITECTURES["conv2"], name="conv3", title="Conv-3"))
    monkeypatch.setitem(DATA_SETS, "ciphers", replace(DATA_SETS["digits"], name="ciphers", title="Ciphers"))
    fields = make_fields()
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
