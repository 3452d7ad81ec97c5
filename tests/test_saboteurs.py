"""The suite notices every change that would let something through unseen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.saboteurs import HONEST, SABOTEURS, Saboteur, is_noticed


@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: saboteur.name)
def test_each_saboteur_still_has_its_place(saboteur: Saboteur) -> None:
    """Quick: the source that it changes stands there once."""
    source = (Path(__file__).parent.parent / "guards" / saboteur.file).read_text(encoding="utf-8")
    assert source.count(saboteur.old) == 1


@pytest.mark.slow
@pytest.mark.parametrize("saboteur", SABOTEURS, ids=lambda saboteur: saboteur.name)
def test_each_saboteur_is_noticed(saboteur: Saboteur, tmp_path: Path) -> None:
    assert is_noticed(saboteur, tmp_path)


@pytest.mark.slow
def test_without_a_saboteur_nothing_is_noticed(tmp_path: Path) -> None:
    """Otherwise the tests above would fail of something else."""
    assert not is_noticed(HONEST, tmp_path)
