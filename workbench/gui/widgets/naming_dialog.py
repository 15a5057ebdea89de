"""The dialog that asks for what a run's file does not say: the function that makes its network, and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from workbench.gui.widgets.fields import ChoiceField
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.nets.catalogue import ARCHITECTURES, DATA_SETS

if TYPE_CHECKING:
    from workbench.runs.run import Run

AS_SAID = "as the run says"
FUNCTION = "or package.module:function, which is run here with your rights"


class NamingDialog(QDialog):
    """Which network and data the accuracies of a run are of, in this window."""

    def __init__(self, run: Run, net: str, data: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Network and data")
        self.setMinimumWidth(460)
        said = plain_label(literal(f"{run.path.name} says: network {run.spec.net.name}, data {run.spec.data.name}."))
        self._net = ChoiceField(
            "Network", [(AS_SAID, AS_SAID), *((name, name) for name in ARCHITECTURES)],
            f"of the catalogue, torchvision:NAME, {FUNCTION} and returns a torch.nn.Module", free=True,
        )  # fmt: skip
        self._data = ChoiceField(
            "Data", [(AS_SAID, AS_SAID), *((name, name) for name in DATA_SETS)],
            f"of the catalogue, {FUNCTION} and returns (inputs, labels) or a data set", free=True,
        )  # fmt: skip
        self._net.set_value(net or AS_SAID)
        self._data.set_value(data or AS_SAID)
        hint = plain_label(f"A name of the catalogue, {FUNCTION}. Nothing that a run's file names is ever run.")
        hint.setWordWrap(True)
        form = QFormLayout()
        for field in (self._net, self._data):
            form.addRow(field.label, field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addLayout(form)
        column.addWidget(hint)
        column.addWidget(buttons)

    def net(self) -> str | None:
        """What makes the network; None: what the run says."""
        return _named(self._net)

    def data(self) -> str | None:
        """The data; None: what the run says."""
        return _named(self._data)


def _named(field: ChoiceField) -> str | None:
    text = str(field.value())
    return None if text in ("", AS_SAID) else text
