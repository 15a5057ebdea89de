"""The help of the table of units and of the page of one unit."""

from __future__ import annotations

from workbench.gui.panels.kind import Help

UNITS = Help(
    shows=(
        "One row for each unit of the layer at the snapshot of the timeline. Point at a heading for the meaning of its "
        "column, or at a cell for the whole number, or the reason why there is none. The label is the first rule that "
        "holds; the coloured mark is that of the weight graph. Click a heading to sort. Click a row, or drag over "
        "rows, to select units in every panel. Double-click a row for the page of its unit."
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
            "Shows only the units that match: <i>norm &lt; 0.5 and dead</i>. Use the columns and the labels, "
            "<i>and</i>, <i>or</i>, <i>not</i> and brackets, as for <i>workbench units --where</i>. <i>in core</i> "
            "means the units of a named set.",
        ),
        ("Costs", "Measures on the test images what the removal of each unit alone costs. Switch it off to stop."),
        ("Headings", "Right-click one to choose which columns are shown."),
        (
            "Save CSV…",
            "In the menu of the export button: the rows that are shown, as <i>workbench units</i> writes them.",
        ),
    ),
    report="Section 3.2 distinguishes trained and removable units. Here, each label states its rule.",
)

UNIT = Help(
    shows=(
        "One unit: the selected one, or the first of several. The page shows its weights (as an image, as maps or as a "
        "strip, depending on its inputs), and its norm, direction and activity over the snapshots. It also shows the "
        "units that point most nearly the same way, the test images that activate it most, the accuracy that each "
        "class loses if it is removed, and the weights of its output in the next layer. Click a nearest unit to go to "
        "it, or a curve to go to a snapshot."
    ),
    formulas=(
        ("cos(w<sub>i</sub>(t), w<sub>i</sub>(0))", "Direction: the cosine of its weights with those at snapshot 0."),
    ),
    controls=(),
    report="Section 3.2. Images are ranked by the output after the non-linearity; of a filter, at its best position.",
)
