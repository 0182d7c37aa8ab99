"""One style: its font is there or nothing is drawn, its colours are told apart by everybody."""

from __future__ import annotations

import builtins
import itertools
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from fontTools.ttLib import TTFont
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from zerobay_analysis.assessment.outlook import NO_VERDICT, VERDICTS
from zerobay_analysis.charts import style
from zerobay_analysis.errors import FontError, ParameterError

# Machado, Oliveira & Fernandes (2009), "A Physiologically-based Model for Simulation of Color
# Vision Deficiency", severity 1.0, on linear RGB.
DEFICIENCY = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
JUST_NOTICEABLE = 2.3  # CIE 1976 colour difference


@pytest.fixture
def forget_font() -> Iterator[None]:
    """Let the font be looked for anew, before and after the test."""
    style.font_family.cache_clear()
    yield
    style.font_family.cache_clear()


def linear(colour: str) -> NDArray[np.float64]:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIE L*a*b* (D65) of linear RGB."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = matrix @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def lightness(colour: str) -> float:
    return float(lab(linear(colour))[0])


def test_no_two_verdicts_share_a_symbol() -> None:
    symbols = [verdict.symbol for verdict in (*VERDICTS, NO_VERDICT)]
    assert len(set(symbols)) == len(symbols)


def test_verdicts_darken_from_good_to_bad_in_clear_steps() -> None:
    shades = [lightness(verdict.colour) for verdict in (NO_VERDICT, *VERDICTS)]
    steps = -np.diff(shades)
    assert steps.min() >= 9.0, shades


@pytest.mark.parametrize("kind", [None, *DEFICIENCY])
def test_colour_blind_readers_tell_any_two_verdicts_apart(kind: str | None) -> None:
    matrix = np.eye(3) if kind is None else np.array(DEFICIENCY[kind])
    seen = [lab(matrix @ linear(verdict.colour)) for verdict in (NO_VERDICT, *VERDICTS)]
    closest = min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))
    assert closest >= 4 * JUST_NOTICEABLE


def test_bands_darken_inwards_and_the_median_is_darker_still() -> None:
    shades = [lightness(colour) for colour in style.BAND_COLOURS.values()] + [lightness(style.MEDIAN)]
    assert np.all(-np.diff([100.0, *shades]) >= 7.0), shades


@pytest.mark.parametrize("fill", [v.colour for v in (*VERDICTS, NO_VERDICT)])
def test_text_on_a_verdict_meets_the_contrast_of_wcag_aa(fill: str) -> None:
    pair = sorted([style.luminance(fill), style.luminance(style.text_on(fill))])
    assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5


@pytest.mark.parametrize("colour", [style.INK, style.MUTED, style.TARGET, style.MEDIAN])
def test_text_colours_meet_the_contrast_of_wcag_aa_on_paper(colour: str) -> None:
    assert 1.05 / (style.luminance(colour) + 0.05) >= 4.5


def test_the_font_has_every_symbol() -> None:
    from pylopdf_fonts_zh_cn import sans_path

    known = TTFont(sans_path()).getBestCmap()
    symbols = "".join(v.symbol for v in (*VERDICTS, NO_VERDICT)) + "●■◆×↑↓≥–—％"
    assert [s for s in symbols if ord(s) not in known] == []


@pytest.mark.usefixtures("forget_font")
def test_a_missing_font_package_is_an_error_before_anything_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real: Callable[..., ModuleType] = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> ModuleType:
        if name.startswith("pylopdf_fonts_zh_cn"):
            raise ModuleNotFoundError(name)
        return real(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "pylopdf_fonts_zh_cn", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(FontError, match="pylopdf-fonts-zh-cn"):
        style.font_family()
    drawn = []
    with pytest.raises(FontError), style.context():
        drawn.append("something")
    assert drawn == []


@pytest.mark.usefixtures("forget_font")
@pytest.mark.parametrize("content", [None, b"not a font"])
def test_an_unreadable_font_file_is_an_error_that_names_it(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken.otf"
    if content is not None:
        broken.write_bytes(content)
    monkeypatch.setattr("pylopdf_fonts_zh_cn.sans_path", lambda: str(broken))
    with pytest.raises(FontError, match=r"broken\.otf"):
        style.font_family()


def test_the_callers_settings_come_back() -> None:
    before = mpl.rcParams["font.family"], mpl.rcParams["axes.spines.top"]
    with style.context():
        assert mpl.rcParams["font.family"] == [style.font_family()]
    assert (mpl.rcParams["font.family"], mpl.rcParams["axes.spines.top"]) == before


def test_an_unknown_size_is_refused() -> None:
    with pytest.raises(ParameterError, match="poster"):
        style.new_figure("poster")
