"""One house style; one file per kind of chart."""

from pathlib import Path

from zerobay_analysis.language import Texts

text = Texts(Path(__file__).with_name("text.toml"))
"""Every sentence of this room."""
