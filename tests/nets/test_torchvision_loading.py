"""torchvision is imported late, and beside a build of torch it was not made for."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from workbench.nets import torchvision_loading
from workbench.nets.torchvision_loading import torchvision


def run(code: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_data_sets_models_and_transforms_can_be_had_in_a_fresh_process() -> None:
    code = """
        from workbench.nets.torchvision_loading import torchvision
        parts = [torchvision(part) for part in ("datasets", "models", "transforms.v2")]
        print(parts[0].MNIST.__name__, parts[1].alexnet.__name__, parts[2].RandomCrop.__name__)
    """
    assert run(code) == "MNIST alexnet RandomCrop"


def test_loading_the_digits_imports_no_torchvision() -> None:
    code = """
        import sys
        from workbench.nets.datasets import load
        load("digits")
        print("torchvision" in sys.modules)
    """
    assert run(code) == "False"


def test_operators_are_declared_only_when_the_import_failed_for_want_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    declared, imported = [], []

    def first_fails(name: str) -> object:
        imported.append(name)
        if len(imported) == 1:
            raise RuntimeError("operator torchvision::nms does not exist")
        return torchvision_loading

    monkeypatch.setattr(torchvision_loading, "import_module", first_fails)
    monkeypatch.setattr(torchvision_loading, "_declare_operators", lambda: declared.append(True))
    assert torchvision.__wrapped__("datasets") is torchvision_loading
    assert torchvision.__wrapped__("models") is torchvision_loading
    assert (declared, imported) == (
        [True],
        ["torchvision.datasets", "torchvision.datasets", "torchvision.models"],
    )


def test_any_other_failure_of_the_import_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(name: str) -> object:
        raise RuntimeError("something else")

    monkeypatch.setattr(torchvision_loading, "import_module", fails)
    with pytest.raises(RuntimeError, match="something else"):
        torchvision.__wrapped__("datasets")
