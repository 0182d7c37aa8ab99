"""How a notebook shows tables and figures; called once at its top."""

from __future__ import annotations

__all__ = ["setup"]


def setup() -> None:
    """Show whole tables and sharp figures, the same in JupyterLab, papermill and nbval."""
    import pandas as pd

    pd.set_option("display.max_columns", None)
    pd.set_option("display.max_colwidth", None)
    pd.set_option("display.max_rows", 200)
    pd.set_option("display.width", 200)
    pd.set_option("display.unicode.east_asian_width", True)
    _show_figures()


def _show_figures() -> None:
    from IPython import get_ipython
    from IPython.core.pylabtools import select_figure_formats

    shell = get_ipython()
    if shell is not None:
        select_figure_formats(shell, {"retina"}, bbox_inches=None)
