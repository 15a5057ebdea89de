"""The dialog that asks for what a run's file does not say: the function that makes its network, and its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from workbench.figures.controls import setting
from workbench.gui.widgets.around.buttons import THIS_IS_RIGHT
from workbench.gui.widgets.forms.rows import form_of_rows, rows_of
from workbench.gui.widgets.plain_text import literal, plain_label
from workbench.nets.architectures.catalogue import ARCHITECTURES, DATA_SETS, title_of
from workbench.runs.collection.naming import network_and_data

if TYPE_CHECKING:
    from workbench.runs.run import Run

AS_SAID = "as the run says"
FUNCTION = "or package.module:function, which is run here with your rights"


@dataclass(frozen=True)
class Naming:
    """What makes the network, and what are its data."""

    net: str = setting(
        AS_SAID, "Network", f"of the catalogue, torchvision:NAME, {FUNCTION} and returns a torch.nn.Module",
        choices=lambda: {name: name for name in (AS_SAID, *ARCHITECTURES)}, free=True,
    )  # fmt: skip
    data: str = setting(
        AS_SAID, "Data", f"of the catalogue, {FUNCTION} and returns (inputs, labels) or a data set",
        choices=lambda: {name: name for name in (AS_SAID, *DATA_SETS)}, free=True,
    )  # fmt: skip


class NamingDialog(QDialog):
    """Which network and data the accuracies of a run are of, in this window."""

    def __init__(
        self, run: Run, net: str, data: str, confirmed: bool | None = None, parent: QWidget | None = None
    ) -> None:
        """`confirmed` says whether a guess was confirmed; None: there is no guess."""
        super().__init__(parent)
        self.setWindowTitle("Network and data")
        self.setMinimumWidth(460)
        said = plain_label(literal(f"{run.path.name}: {network_and_data(run.spec)}."), wrap=True)
        self.right = QCheckBox(THIS_IS_RIGHT if confirmed is None else f"{THIS_IS_RIGHT}: {_guess(run)}")
        self.right.setToolTip("The shapes show neither the activation function nor how the images were normalised")
        self.right.setChecked(bool(confirmed))
        self.right.setVisible(confirmed is not None)
        self.fields = rows_of(Naming)
        self.fields["net"].set_value(net or AS_SAID)
        self.fields["data"].set_value(data or AS_SAID)
        hint = plain_label(f"A name of the catalogue, {FUNCTION}. Code named in a run file is never run.", wrap=True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(said)
        column.addWidget(self.right)
        column.addLayout(form_of_rows(self.fields.values()))
        column.addWidget(hint)
        column.addWidget(buttons)

    def net(self) -> str | None:
        """What makes the network; None: what the run says."""
        return self._named("net")

    def data(self) -> str | None:
        """The data; None: what the run says."""
        return self._named("data")

    def _named(self, what: str) -> str | None:
        text = str(self.fields[what].value())
        return None if text in ("", AS_SAID) else text


def _guess(run: Run) -> str:
    title = title_of(run.spec.net.name, run.spec.net.widths)
    return f"the network is {title}, and the data are those named here"
