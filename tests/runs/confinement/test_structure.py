"""Every check of what a probe says of a file: one structure changed for each, and a probe that lies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from run_files import make

from workbench.runs import layout
from workbench.runs.commits import words
from workbench.runs.confinement import examination
from workbench.runs.confinement.structure import LONGEST_NOTE, MOST_NOTES, RefusedError, Structure, Verdict, check
from workbench.runs.errors import RunError
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from workbench.runs.confinement.sandbox import Answer
    from workbench.runs.files.descriptor import Descriptor

    Change = Callable[[Structure], Structure]

EPOCH, GRAM, WEIGHT = "/history/epoch", "/gram/fc1", "/parameters/fc1.weight"
OF_FC2 = ("/spectrum/fc2", "/activity/fc2")
SIZE = 1 << 40


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("structure") / "run.h5"
    make(target)
    return target


@pytest.fixture(scope="module")
def sound(path: Path) -> Structure:
    with open_run(path) as run:
        return run.rows.structure


def stored(path: str, **fields: Any) -> Change:
    """Another size, type or place of one dataset."""
    return lambda sound: replace(sound, datasets={**sound.datasets, path: replace(sound.datasets[path], **fields)})


def without(*paths: str) -> Change:
    """Some datasets are not there, and nothing says that they are."""

    def change(sound: Structure) -> Structure:
        left = {path: each for path, each in sound.datasets.items() if path not in paths}
        return listed(replace(sound, datasets=left), [path for path in sound.order if path not in paths])

    return change


def listed(sound: Structure, order: list[str]) -> Structure:
    """Another list of datasets, and as many checksums."""
    commit = replace(sound.datasets[layout.COMMIT], shape=(3, words(len(order))))
    return replace(sound, order=tuple(order), datasets={**sound.datasets, layout.COMMIT: commit})


def besides(path: str, like: str = EPOCH) -> Change:
    """One dataset more, at the end of the file."""

    def change(sound: Structure) -> Structure:
        more = replace(sound.datasets[like], offset=SIZE // 2)
        return listed(replace(sound, datasets={**sound.datasets, path: more}), [*sound.order, path])

    return change


def layer(**fields: Any) -> Change:
    """Another layer fc2, of which nothing but the weights is stored."""

    def change(sound: Structure) -> Structure:
        left = without(*OF_FC2)(sound)
        return replace(left, layers=(*left.layers[:-1], replace(left.layers[-1], **fields)))

    return change


def attributes(**texts: str) -> Change:
    return lambda sound: replace(sound, attributes={**sound.attributes, **texts})


def notes(*texts: str) -> Change:
    return lambda sound: replace(sound, notes=texts)


# what is wrong -> the change, where inside, what is said of it
CHANGES: dict[str, tuple[Change, str, str]] = {
    "text among numbers": (stored(EPOCH, dtype="S8"), EPOCH, "holds neither text nor plain numbers"),
    "no type of ours": (stored(layout.SPEC, dtype="V8"), layout.SPEC, "holds neither text nor plain numbers"),
    "no elements": (stored(EPOCH, shape=(3, 0)), EPOCH, "has no elements"),
    "minus elements": (stored(EPOCH, shape=(-3,)), EPOCH, "has no elements"),
    **{f"no {name}": (lambda sound, name=name: replace(  # type: ignore[misc]
        sound, datasets={path: each for path, each in sound.datasets.items() if path != name}), name, "is missing")
       for name in (layout.SPEC, layout.COMMIT, layout.DATASETS, layout.FINISHED)},
    "a long specification": (stored(layout.SPEC, dtype="S65537"), layout.SPEC, "is too long"),
    "finished of another type": (stored(layout.FINISHED, dtype="uint64"), layout.FINISHED, "is not one number"),
    "two words of finished": (stored(layout.FINISHED, shape=(2,)), layout.FINISHED, "is not one number"),
    "records of another type": (stored(layout.COMMIT, dtype="int32"), layout.COMMIT, "does not fit the"),
    "records of rank 1": (stored(layout.COMMIT, shape=(3,)), layout.COMMIT, "does not fit the"),
    "records too short": (stored(layout.COMMIT, shape=(3, 9)), layout.COMMIT, "does not fit the"),
    "too many snapshots": (
        lambda sound: stored(layout.COMMIT, shape=(layout.MAX_CAPACITY + 1, words(len(sound.order))))(sound),
        layout.COMMIT, "has room for 1,000,001 snapshots"),
    "listed twice": (lambda sound: listed(sound, [*sound.order, EPOCH]), layout.DATASETS, "names a dataset twice"),
    "an empty name": (lambda sound: listed(sound, [*sound.order, ""]), layout.DATASETS, "lists an empty name"),
    "listed, not there": (lambda sound: listed(sound, [*sound.order, "/history/x"]),
                          "/history/x", "is missing, though"),
    "at no place": (besides("/elsewhere/x"), "/elsewhere/x", "has no place in a run"),
    "another number of rows": (stored(EPOCH, shape=(4,)), EPOCH, "does not hold one row for each of 3 snapshots"),
    "no rows": (stored(EPOCH, shape=()), EPOCH, "does not hold one row for each of 3 snapshots"),
    "rows too large": (stored(WEIGHT, shape=(3, 1 << 30, 2)), WEIGHT, "has rows of more than 4 GiB"),
    "of no layer": (besides("/activity/fc9"), "/activity/fc9", "belongs to no layer"),
    "rows of another shape": (stored(GRAM, shape=(3, 6, 7)), GRAM, r"has rows of shape \(6, 7\) and type float64"),
    "rows of another type": (stored(GRAM, dtype="float32"), GRAM, r"has rows of shape \(6, 6\) and type float32"),
    "a curve of vectors": (stored(EPOCH, shape=(3, 2)), EPOCH, r"has rows of shape \(2,\)"),
    "not listed": (lambda sound: listed(sound, [path for path in sound.order if path != EPOCH]),
                   EPOCH, "is not listed in"),
    "a layer twice": (lambda sound: replace(sound, layers=(*sound.layers, sound.layers[0])),
                      layout.LAYERS, "names a layer twice"),
    "a kind of layer": (layer(kind="rnn"), "/layers/fc2", "is of unknown kind 'rnn'"),
    "no units": (layer(units=0), "/layers/fc2", "has 0 units of 6 inputs"),
    "minus inputs": (layer(inputs=-6), "/layers/fc2", "has 5 units of -6 inputs"),
    "no weights": (layer(parameter="gone"), "/parameters/gone", "is missing, though /layers/fc2 needs it"),
    "other weights": (layer(inputs=7), "/parameters/fc2.weight", r"of shape \(5, 6\) .* does not fit linear 5 × 7"),
    "weights of integers": (stored("/parameters/fc2.weight", dtype="int32"),
                            "/parameters/fc2.weight", "type int32 does not fit"),
    "over the header": (stored(layout.SPEC, offset=95), layout.SPEC, "overlaps the file's own header"),
    "one over another": (lambda sound: stored(GRAM, offset=sound.datasets[WEIGHT].offset + 4)(sound),
                         ".*", f"overlaps ({GRAM}|{WEIGHT})"),
    "beyond the end": (stored(EPOCH, offset=SIZE - 23), EPOCH, "reaches 1 byte beyond the end"),
    "no run id": (lambda sound: replace(sound, attributes={"title": ""}), "/", "has other attributes than a run"),
    "another attribute": (attributes(other=""), "/", "has other attributes than a run"),
    "a long title": (attributes(title="é" * (layout.MAX_ATTRIBUTE_BYTES // 2 + 1)), "/", "attribute that is too long"),
    "many notes": (notes(*["x"] * (MOST_NOTES + 2)), "/", "is not described as a run is"),
    "a long note": (notes("x" * (LONGEST_NOTE + 1)), "/", "is not described as a run is"),
    "a note of two lines": (notes("x\ny"), "/", "is not described as a run is"),
    "many objects": (lambda sound: replace(sound, layers=sound.layers * layout.MAX_OBJECTS),
                     "/", "has too many objects"),
}  # fmt: skip


def test_a_sound_structure_is_believed(sound: Structure) -> None:
    check(sound, SIZE)
    check(attributes(title="é" * (layout.MAX_ATTRIBUTE_BYTES // 2))(sound), SIZE)
    check(notes(*["x" * LONGEST_NOTE] * (MOST_NOTES + 1))(sound), SIZE)
    check(stored(layout.SPEC, offset=96)(sound), SIZE)
    check(stored(EPOCH, offset=SIZE - 24)(sound), SIZE)
    check(stored(WEIGHT, shape=(3, 6, 16), offset=SIZE // 2)(sound), SIZE)
    check(layer()(sound), SIZE)


@pytest.mark.parametrize("what", CHANGES)
def test_what_makes_no_sense_is_refused(sound: Structure, what: str) -> None:
    change, inside, problem = CHANGES[what]
    with pytest.raises(RefusedError, match=rf"^{inside} .*{problem}"):
        check(change(sound), SIZE)


# --- a probe that lies ---


def shifted(sound: Structure, size: int) -> Structure:
    """The last dataset reaches one byte beyond the end of a file of that size."""
    last, its = max(sound.datasets.items(), key=lambda item: item[1].offset)
    return stored(last, offset=size + 1 - its.size)(sound)


LIES: dict[str, tuple[Callable[[Verdict], bytes], str]] = {
    "a structure that makes no sense": (
        lambda true: replace(true, structure=stored(EPOCH, offset=8)(true.structure)).to_json(),
        f"{EPOCH} overlaps the file's own header"),
    "more bytes than there are": (
        lambda true: replace(true, structure=shifted(true.structure, true.identity[2])).to_json(),
        "reaches 1 byte beyond the end of the file"),
    "another file": (lambda true: replace(true, identity=(1, 2, true.identity[2])).to_json(), "changed while it was"),
    "another size": (lambda true: replace(true, identity=(*true.identity[:2], SIZE)).to_json(), "changed while it was"),
    "neither": (lambda true: replace(true, structure=None).to_json(), "is damaged: nothing was found in it"),
    "both": (lambda true: replace(true, refused=("/x", "is odd", "leave it")).to_json(), "/x is odd; leave it"),
    "no verdict": (lambda _true: b'{"identity": 3}', "is damaged: what was found in it makes no sense"),
    "no JSON": (lambda _true: b"\0\xff", "is damaged: what was found in it makes no sense"),
}  # fmt: skip


@pytest.mark.parametrize("what", LIES)
def test_a_probe_that_lies_is_not_believed(path: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lie, said = LIES[what]
    real = examination.confined.ask

    def lying(request: bytes, *files: Descriptor) -> Answer:
        answer = real(request, *files)
        return replace(answer, data=lie(Verdict.from_json(answer.data)))

    monkeypatch.setattr(examination.confined, "ask", lying)
    monkeypatch.setattr(examination, "_made_here", {})
    with pytest.raises(RunError, match=said):
        open_run(path)
