"""What a reader gets: the same facts as tables, pages and files."""

from pathlib import Path

from zerobay_analysis.language import Texts

text = Texts(Path(__file__).with_name("text.toml"))
"""Every word and sentence of this room; one word for one concept: a heading that tables share stands once."""
