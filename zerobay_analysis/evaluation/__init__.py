"""Metrics, the backtest on one's own figures, and the measured calibration that reports show."""

from pathlib import Path

from zerobay_analysis.language import Texts

text = Texts(Path(__file__).with_name("text.toml"))
"""Every sentence of this room."""
