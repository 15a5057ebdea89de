"""A field of a dataclass of settings says how it is set; the controls are made from it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtWidgets import QWidget

from workbench.figures.controls import KEY, setting, words_for
from workbench.figures.settings import GraphSettings, LowRankSettings, PruningSettings, SpectrumSettings
from workbench.figures.style import Style
from workbench.gui.dialogs.animation_dialog import Animation
from workbench.gui.dialogs.import_dialog import ImportForm
from workbench.gui.dialogs.naming_dialog import Naming
from workbench.gui.dialogs.retrain_dialog import Retraining
from workbench.gui.dialogs.run_report_dialog import Reporting
from workbench.gui.dialogs.train_form import Common, NetworkAndData, Optimisation, Places
from workbench.gui.panels.timeline.settings import TimelineSettings
from workbench.gui.widgets.forms.values import (
    box_for,
    control_for,
    form_of,
    list_for,
    setting_of,
    slider_for,
    switch_for,
)

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


@dataclass(frozen=True)
class Sample:
    """One field of each kind."""

    plain: int = 3
    size: float = setting(2.5, "Size", "How large", low=1, high=4, digits=1)
    cost: float = setting(7.0, "Cost", "How dear", high=9, step=0.5, digits=1, unit=" %", words="price")
    kind: str = setting("b", "Kind", "Which", choices={"a": "the first", "b": "the second"})
    on: bool = setting(True, "On", "Whether")


def test_a_control_says_what_its_field_says(qtbot: QtBot) -> None:
    slider, box, listed = slider_for(Sample, "size"), box_for(Sample, "cost"), list_for(Sample, "kind")
    switch = switch_for(Sample, "on")
    for widget in (listed, switch):
        qtbot.addWidget(widget)
    assert (slider.value(), slider.box.minimum(), slider.box.maximum(), slider.box.decimals()) == (2.5, 1, 4, 1)
    assert (box.value(), box.maximum(), box.singleStep(), box.suffix()) == (7.0, 9.0, 0.5, " %")
    texts = [(listed.itemData(at), listed.itemText(at)) for at in range(listed.count())]
    assert (texts, listed.currentData()) == ([("a", "the first"), ("b", "the second")], "b")
    assert (switch.text(), switch.isChecked()) == ("On", True)
    controls = (slider.slider, box, listed, switch)
    assert [each.toolTip() for each in controls] == ["How large", "How dear", "Which", "Whether"]
    assert [each.accessibleName() for each in controls] == ["Size", "Cost", "Kind", "On"]
    names = [words_for(Sample, name) for name in ("size", "cost", "plain", "not_there")]
    assert names == ["size", "price", "plain", "not there"]
    page, form = QWidget(), form_of(Sample, {"cost": box, "size": slider})
    page.setLayout(form)
    qtbot.addWidget(page)
    assert (form.labelForField(box).text(), form.labelForField(slider)) == ("Cost", None)  # type: ignore[union-attr]


FORMS = (
    *(GraphSettings, SpectrumSettings, LowRankSettings, PruningSettings, TimelineSettings, Style),
    *(Common, Places, NetworkAndData, Optimisation, Retraining, ImportForm, Naming, Animation, Reporting),
)


@pytest.mark.parametrize("settings", FORMS, ids=lambda each: each.__name__)
def test_every_default_can_be_set_by_hand(qtbot: QtBot, settings: type) -> None:
    said: list[Any] = [each for each in fields(settings) if KEY in each.metadata]  # type: ignore[arg-type]
    assert said
    for each in said:
        widget = control_for(settings, each.name)
        qtbot.addWidget(widget)
        assert setting_of(widget, lambda: None).read() == each.default, each.name
