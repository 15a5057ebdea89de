"""The dialog that asks for what a run's file does not say: the function that makes its network, and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from workbench.gui.widgets.fields import ChoiceField
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.gui.widgets.right_button import THIS_IS_RIGHT
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, title_of
from workbench.runs.collection.naming import network_and_data

if TYPE_CHECKING:
    from workbench.runs.run import Run

AS_SAID = "as the run says"
FUNCTION = "or package.module:function, which is run here with your rights"


class NamingDialog(QDialog):
    """Which network and data the accuracies of a run are of, in this window."""

    def __init__(
        self, run: Run, net: str, data: str, confirmed: bool | None = None, parent: QWidget | None = None
    ) -> None:
        """`confirmed` says whether a guess was confirmed; None: there is no guess."""
        super().__init__(parent)
        self.setWindowTitle("Network and data")
        self.setMinimumWidth(460)
        said = plain_label(literal(f"{run.path.name}: {network_and_data(run.spec)}."))
        said.setWordWrap(True)
        self.right = QCheckBox(THIS_IS_RIGHT if confirmed is None else f"{THIS_IS_RIGHT}: {_guess(run)}")
        self.right.setToolTip("The shapes show neither the activation function nor how the images were normalised")
        self.right.setChecked(bool(confirmed))
        self.right.setVisible(confirmed is not None)
        self.net_field = ChoiceField(
            "Network", [(AS_SAID, AS_SAID), *((name, name) for name in ARCHITECTURES)],
            f"of the catalogue, torchvision:NAME, {FUNCTION} and returns a torch.nn.Module", free=True,
        )  # fmt: skip
        self.data_field = ChoiceField(
            "Data", [(AS_SAID, AS_SAID), *((name, name) for name in DATA_SETS)],
            f"of the catalogue, {FUNCTION} and returns (inputs, labels) or a data set", free=True,
        )  # fmt: skip
        self.net_field.set_value(net or AS_SAID)
        self.data_field.set_value(data or AS_SAID)
        hint = plain_label(f"A name of the catalogue, {FUNCTION}. Code named in a run file is never run.")
        hint.setWordWrap(True)
        form = QFormLayout()
        for field in (self.net_field, self.data_field):
            form.addRow(field.label, field)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addWidget(self.right)
        column.addLayout(form)
        column.addWidget(hint)
        column.addWidget(buttons)

    def net(self) -> str | None:
        """What makes the network; None: what the run says."""
        return _named(self.net_field)

    def data(self) -> str | None:
        """The data; None: what the run says."""
        return _named(self.data_field)


def _guess(run: Run) -> str:
    title = title_of(run.spec.net.name, run.spec.net.widths)
    return f"the network is {title}, and the data are those named here"


def _named(field: ChoiceField) -> str | None:
    text = str(field.value())
    return None if text in ("", AS_SAID) else text
