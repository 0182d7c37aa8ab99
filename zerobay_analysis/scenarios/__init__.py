"""What if: levers on a forecast, scenarios in YAML, and what they do to the probabilities."""

from pathlib import Path

from zerobay_analysis.language import Texts

text = Texts(Path(__file__).with_name("text.toml"))
"""Every sentence of this room."""
