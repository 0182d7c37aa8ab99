"""What the figures say about every target: outlook, pace, plan consistency, methods, owners, data owed."""

from pathlib import Path

from zerobay_analysis.language import Texts

text = Texts(Path(__file__).with_name("text.toml"))
"""Every sentence of this room."""
