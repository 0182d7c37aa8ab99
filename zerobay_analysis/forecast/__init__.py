"""Models that turn evidence into sample paths, behind one interface."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from zerobay_analysis.errors import ParameterError, message

if TYPE_CHECKING:
    from zerobay_analysis.forecast.panel import forecast_panel as forecast_panel
    from zerobay_analysis.forecast.panel import prob_panel as prob_panel
    from zerobay_analysis.forecast.predictive import Forecaster
    from zerobay_analysis.forecast.prior import ClassShares

__all__ = ["DEFAULT_FORECASTER", "forecast_panel", "forecaster", "forecaster_names", "prob_panel"]

DEFAULT_FORECASTER = "reference_class"
_TREND_MODELS = ("ols_linear", "ols_log", "holt_damped", "theta", "local_linear_trend", "combination")


def forecaster_names() -> tuple[str, ...]:
    """Registered models, the default first."""
    return (DEFAULT_FORECASTER, *_TREND_MODELS)


def forecaster(
    name: str = DEFAULT_FORECASTER, reference_class: str | ClassShares | None = None
) -> Forecaster:
    """The model registered under ``name``; its libraries are imported only now.

    Parameters
    ----------
    reference_class : str or tuple of (str, float), optional
        For the default model: the class to use, or several with their shares, instead of the one
        that the indicator names.

    Raises
    ------
    ParameterError
        When there is no such model or class; the message lists those there are.
    """
    if name == DEFAULT_FORECASTER:
        from zerobay_analysis.forecast.reference_class import ReferenceClass

        return ReferenceClass(reference_class)
    if name in _TREND_MODELS:
        models: dict[str, Forecaster] = import_module("zerobay_analysis.forecast.trends").TREND_MODELS
        return models[name]
    raise ParameterError(message("no_such_model", name=name, known=", ".join(forecaster_names())))


def __getattr__(name: str) -> Any:
    """Import the panel functions when they are first asked for: they need numpy and scipy."""
    if name in ("forecast_panel", "prob_panel"):
        return getattr(import_module("zerobay_analysis.forecast.panel"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
