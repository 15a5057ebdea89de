"""What the panel shows as a program of the public API."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.gui.state.program import absolute, program

if TYPE_CHECKING:
    from workbench.figures.comparing.picture import Question
    from workbench.runs.place import Place


def compare_program(question: Question) -> str:
    """The program prints the numbers of the picture that answers the question."""
    place, layer = question.place, repr(question.place.layer)
    here, there = _address(place), _address(question.other)
    fitting = question.fitting if question.other.layer else question.rank
    layers = layer if question.other_layer is None else f"[{layer}, {question.other_layer!r}]"
    beside = "" if question.other_layer is None else f", other_layer={question.other_layer!r}"
    beside += "" if question.unrelated is None else f", unrelated={_address(question.unrelated)}"
    lines = {
        "changes": (
            f"found = wb.compare({there}, {here}, {layer}, rank={question.rank})",
            "print(found.layers[0].verdict)",
            "print(found.layers[0].difference)",
            "print(found.layers[0].degrees)",
        ),
        "angles": (
            f"found = wb.principal_angles({here}, {there}, {layer}, rank={fitting}{beside})",
            "print(found.words)",
            "for row in found.rows():",
            "    print(*row)",
            f"joint = wb.joint_svd([{here}, {there}], {layers}, rank={fitting})",
            "print(joint.singular_values, joint.shares, joint.blocks)",
        ),
        "units": (
            f"found = wb.subspace({here}, {layer}, rank={fitting})",
            "print(found.words, found.correlations())",
            "print(found.units)",
            "print(found.distances)",
        ),
        "cka": (
            f"found = wb.cka({here}, {there}, part={question.part!r})",
            "for row in found.rows():",
            "    print(*row)",
        ),
        "barrier": (
            f"found = wb.barrier({here}, {there}, part={question.part!r})",
            "print(found.words)",
            "for row in found.rows():",
            "    print(*row)",
        ),
    }
    return program(place.run, *lines[question.show])


def _address(place: Place) -> str:
    """The network as the functions take it: 'RUN.h5@3'."""
    return f"{absolute(place.run.path)[:-1]}@{place.snapshot}'"
