"""The help of the table of units and of the page of one unit."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

UNITS = Help(
    shows=(
        "One row for each unit of the layer at the snapshot of the timeline, and what became of it. Point at a head to "
        "read what the column means, at a cell to read the whole number, or why there is none. The label is the first "
        "rule that holds; the coloured mark is that of the weight graph. Click a head to sort; click a row, or drag, "
        "to select units in every panel. A double click opens the page of a unit."
    ),
    formulas=(
        (
            "Σ<sub>j</sub> ⟨ŵ<sub>i</sub>, ŵ<sub>j</sub>⟩² / FP",
            "Potential share: the part of the frame potential that comes from a unit.",
        ),
    ),
    controls=(
        (
            "Rule",
            "Shows only the units that it chooses: <i>norm &lt; 0.5 and dead</i>. It knows the columns and the labels, "
            "<i>and</i>, <i>or</i>, <i>not</i> and brackets, as <i>workbench units --where</i> does.",
        ),
        ("Costs", "Measures on the test images what the removal of each unit alone costs. Switch it off to stop."),
        ("Heads", "A right click chooses which columns are shown."),
        (
            "Save CSV…",
            "In the menu of the export button: the rows that are shown, as <i>workbench units</i> writes them.",
        ),
    ),
    report="Section 3.2 tells trained and removable units apart; the rules here are stated in each label.",
)

UNIT = Help(
    shows=(
        "One unit: the selected one, or the first of several. Its weights in the form of what it looks at, its norm, "
        "direction and activity over the snapshots, the units that point most nearly the same way, the test images "
        "that excite it most, what its removal costs each class, and the weights with which the next layer takes its "
        "output. Click a nearest unit to go there, a curve to go to a snapshot."
    ),
    formulas=(
        ("cos(w<sub>i</sub>(t), w<sub>i</sub>(0))", "Direction: the cosine of its weights with those at snapshot 0."),
    ),
    controls=(),
    report="Section 3.2. Images are ranked by the output after the non-linearity; of a filter, at its best position.",
)
