"""Trend models that analysts know, behind the same interface as the default forecaster.

Each is fitted to annual figures only: the official definition (``Role.OWN``), the last figure
of each year, at the year's end or for the full year. ``ols_log``, Holt, Theta and the local
linear trend work on the log scale where every figure is positive, and on the plain scale for
rates (percentage points). None of them can learn its own noise from a few figures; the
benchmark measures by how much their intervals are too narrow
(:func:`zerobay_analysis.evaluation.calibration.calibration_table`).

What is known of each beforehand stands in ``trends.toml``.

``statsmodels`` is imported by submodule when a model is first fitted: ``statsmodels.api`` alone
takes seconds.
"""

from __future__ import annotations

import math
import tomllib
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zerobay_analysis.errors import ForecastDeclined, ParameterError, message
from zerobay_analysis.forecast.predictive import Forecast, apply_constraints, increasing
from zerobay_analysis.plan import Kind
from zerobay_analysis.series import Evidence, Role

_Values = NDArray[np.float64]
_Years = NDArray[np.int64]
_Sampler = Callable[[_Values, _Values, int, int, np.random.Generator], _Values]
"""``(years, figures, steps, n_paths, rng) -> paths`` on the working scale, one column a step."""

_FULL_YEAR = 1 - 1e-6
_FARTHEST = math.log(1e6)
"""On the log scale no path goes beyond a million times the largest figure: t tails with one
degree of freedom would overflow, and no reader of a plan needs what lies beyond."""
MAX_CLIMB = 0.05
"""Log likelihood that a second climb may still gain: differences this small are no evidence."""
MAX_ROUNDS = 1000
"""Iterations of an optimiser; the 50 that statsmodels allows by default stop short of the top."""
MAX_FACTOR = 10.0
"""A median this many times as far as the figures' own fastest yearly change would lead (on the plain
scale this many times the largest figure) is a failed fit and no trend: of comparable series fewer
than one in a thousand multiplies by ten within three years."""


@dataclass(frozen=True)
class AnnualHistory:
    """Annual figures of one indicator, ready for a trend model.

    Attributes
    ----------
    years : ndarray of int, shape (n,)
        Strictly increasing, gaps allowed.
    values : ndarray of float, shape (n,)
        In the indicator's unit.
    lower, upper : ndarray of float, shape (n,)
        What the wording of each figure allows.
    unused : int
        Own figures that are not annual (within the year, or replaced by a later one).
    """

    years: _Years
    values: _Values
    lower: _Values
    upper: _Values
    unused: int


def annual_history(evidence: Evidence) -> AnnualHistory:
    """Own annual figures, the last one known for each year.

    A stock or cumulative figure counts when it stands at a year's end, a flow or a rate when
    it covers the full year.
    """
    own = evidence.with_role(Role.OWN)
    annual = (p for p in own if p.through >= _FULL_YEAR and abs(p.time - round(p.time)) < 1e-6)
    last = {round(point.time): point for point in annual}
    figures = [(last[year].value, last[year].lower, last[year].upper) for year in sorted(last)]
    values, lower, upper = np.array(figures, dtype=float).reshape(-1, 3).T.copy()
    years = np.array(sorted(last), dtype=np.int64)
    return AnnualHistory(years, values, lower, upper, unused=len(own) - len(last))


@dataclass(frozen=True)
class TrendModel:
    """One trend model of statsmodels or of the textbook.

    Attributes
    ----------
    name, name_zh : str
        Registered name and the name shown to users.
    min_points : int
        Least number of annual figures; ``why_minimum`` says why.
    why_minimum : str
        In Chinese.
    log_scale : bool
        Works on logarithms where every figure is positive and the indicator is not a rate.
    every_year : bool
        Needs figures of consecutive years; the latest unbroken run is used.
    note : str
        What its intervals leave out, in Chinese.
    sampler : callable
        Draws paths on the working scale.
    """

    name: str
    name_zh: str
    min_points: int
    why_minimum: str
    log_scale: bool
    every_year: bool
    note: str
    sampler: _Sampler

    def forecast(
        self, evidence: Evidence, years: Sequence[int], *, n_paths: int = 20_000, seed: int = 0
    ) -> Forecast:
        """Sample paths for ``years``; see :class:`~.predictive.Forecaster`.

        Raises
        ------
        ForecastDeclined
            Below ``min_points``, for a log trend of a rate or of figures that are not
            positive, when the figures leave no residual, or when the fit fails, does not
            converge or leads out of the figures' size (:data:`MAX_FACTOR`).
        ParameterError
            When ``years`` are not increasing, or one without a figure lies before the last
            annual figure.
        """
        history = self._usable(annual_history(evidence))
        if self.name == "ols_log" and evidence.indicator.kind is Kind.RATE:
            raise _declined(self, "rate_takes_no_log")
        ahead = _years_ahead(history, years)
        positive, steps = evidence.indicator.kind is not Kind.RATE, max(1, *ahead)
        known = history.years
        sampled = self.sample(known, history.values, steps, positive=positive, n_paths=n_paths, seed=seed)
        future = sampled[:, [step - 1 for step in ahead if step > 0]]
        # The least that the wording of the last own figure allows, one within the year included.
        future = apply_constraints(future, evidence.indicator, evidence.with_role(Role.OWN)[-1].lower)
        past = _known_years(history, years[: sum(step <= 0 for step in ahead)], n_paths, seed)
        notes = [f"使用 {len(known)} 个年度值（{known[0]}–{known[-1]}）"]
        if history.unused:
            notes.append(f"未使用 {history.unused} 个年内、被更新或断档前的数值")
        return Forecast(
            model=self.name,
            years=np.array(years, dtype=np.int64),
            paths=np.hstack([past, future]),
            n_points=len(known),
            notes=(*notes, self.note),
        )

    def sample(
        self, years: _Years, values: _Values, steps: int, *, positive: bool, n_paths: int, seed: int
    ) -> _Values:
        """Paths for the ``steps`` years after the last one; shape (n_paths, steps).

        Fits whatever it is given, also below ``min_points``: this is how the benchmark shows
        what would happen. ``positive`` allows the log scale.

        Raises
        ------
        ForecastDeclined
            When the model cannot be fitted to these figures.
        """
        log = self.log_scale and positive and bool(np.all(values > 0))
        if self.name == "ols_log" and not log:
            raise _declined(self, "not_positive")
        working = np.log(values) if log else values
        least = 1e-9 * max(1e-300, float(np.abs(working).max()))
        if np.ptp(working) <= least:  # statsmodels would take a constant's trend from nowhere
            raise _declined(self, "no_residual")
        rng = np.random.default_rng(seed)
        try:
            # Recorded and dropped: a filter would be overruled when statsmodels is first imported.
            with warnings.catch_warnings(record=True):
                paths = self.sampler(years.astype(float), working, steps, n_paths, rng)
        except _UnconvergedError as error:
            raise _declined(self, "fit_unconverged") from error
        except (ValueError, IndexError, TypeError, NotImplementedError, np.linalg.LinAlgError) as error:
            raise _declined(self, "fit_failed", reason=error) from error
        if not np.all(np.isfinite(paths)) or np.ptp(paths[:, -1]) <= least:
            raise _declined(self, "no_residual")
        if not _in_reach(years, working, paths, log=log):
            raise _declined(self, "out_of_reach", factor=MAX_FACTOR)
        if log:
            return np.exp(np.clip(paths, working.min() - _FARTHEST, working.max() + _FARTHEST))
        return paths

    def _usable(self, history: AnnualHistory) -> AnnualHistory:
        years = history.years
        if self.every_year and len(years):
            start = int(np.flatnonzero(np.diff(years, prepend=years[0] - 2) != 1)[-1])
            kept = {of.name: getattr(history, of.name)[start:] for of in fields(history)[:-1]}
            history = AnnualHistory(**kept, unused=history.unused + start)
        if len(history.years) < self.min_points:
            facts = {"least": self.min_points, "held": len(history.years), "why": self.why_minimum}
            raise _declined(self, "too_few_in_a_row" if self.every_year else "too_few_years", **facts)
        return history


@dataclass(frozen=True)
class Combination:
    """Equal-weight mixture of the paths of every member that does not decline."""

    name: str
    name_zh: str
    min_points: int
    members: tuple[TrendModel, ...]

    def forecast(
        self, evidence: Evidence, years: Sequence[int], *, n_paths: int = 20_000, seed: int = 0
    ) -> Forecast:
        """Sample paths for ``years``; the n-th path of the mixture belongs to one member.

        Raises
        ------
        ForecastDeclined
            Below ``min_points`` annual figures or when fewer than two members answer.
        ParameterError
            As :meth:`TrendModel.forecast`.
        """
        n_points = len(annual_history(evidence).years)
        if n_points < self.min_points:
            raise _declined(self, "too_few_to_combine", least=self.min_points, held=n_points)
        answers: dict[str, Forecast] = {}
        for member in self.members:
            with suppress(ForecastDeclined):
                answers[member.name_zh] = member.forecast(evidence, years, n_paths=n_paths, seed=seed)
        if len(answers) < 2:
            raise _declined(self, "too_few_answer")
        return Forecast(
            model=self.name,
            years=np.array(years, dtype=np.int64),
            paths=mix([answer.paths for answer in answers.values()]),
            n_points=n_points,
            notes=(f"等权组合：{'、'.join(answers)}",),
        )


def mix(answers: Sequence[_Values]) -> _Values:
    """Paths of an equal-weight mixture: path ``i`` is member ``i mod k``'s own path ``i``."""
    mixed = np.array(answers[0])
    for turn, paths in enumerate(answers):
        mixed[turn :: len(answers)] = paths[turn :: len(answers)]
    return mixed


def _declined(model: TrendModel | Combination, key: str, **facts: object) -> ForecastDeclined:
    """A refusal that begins with the model's name."""
    zh, _, en = message(key, **facts).partition(" / ")
    return ForecastDeclined(f"{model.name_zh}：{zh} / {model.name}: {en}")


class _UnconvergedError(Exception):
    """The likelihood was not climbed to its top."""


def _climbed(fitted: Any, **again: object) -> Any:
    """``fitted``, if its parameters are where the likelihood is greatest.

    The optimiser's own flag hangs on the last bits of a processor's arithmetic. Where it is down,
    a second climb from the same place, ``again`` by another method where there is one, decides.
    """
    if not fitted.mle_retvals["converged"]:
        second = fitted.model.fit(start_params=fitted.params, disp=False, **again)
        if not second.llf - fitted.llf <= MAX_CLIMB:
            raise _UnconvergedError
    return fitted


def _in_reach(years: _Years, working: _Values, paths: _Values, *, log: bool) -> bool:
    """Whether the median of every step stays within :data:`MAX_FACTOR` of what the figures allow."""
    fastest = float(np.max(np.abs(np.diff(working) / np.diff(years)), initial=0.0))
    room = math.log(MAX_FACTOR) if log else MAX_FACTOR * float(np.abs(working).max())
    ahead = np.arange(1, paths.shape[1] + 1)
    moved = np.abs(np.median(paths, axis=0) - working[-1])
    return bool(np.all(moved <= room + fastest * ahead))


def _years_ahead(history: AnnualHistory, years: Sequence[int]) -> list[int]:
    """Years after the last annual figure; 0 or less for a year whose figure is known."""
    last = int(history.years[-1])
    unknown = [year for year in increasing(years) if year < last and year not in history.years]
    if unknown:
        raise ParameterError(message("year_unknown", year=unknown[0], last=last))
    return [int(year) - last for year in years]


def _known_years(history: AnnualHistory, years: Sequence[int], n_paths: int, seed: int) -> _Values:
    """Years that are already known: the figure itself, anywhere in what its wording allows."""
    at = np.searchsorted(history.years, np.array(years, dtype=np.int64))
    spot = np.random.default_rng([seed, 1]).random((n_paths, len(at)))
    return np.asarray(history.lower[at] + spot * (history.upper[at] - history.lower[at]))


def _least_squares_line(
    years: _Values, figures: _Values, steps: int, n_paths: int, rng: np.random.Generator
) -> _Values:
    """Draw from the joint Student t predictive of a straight line.

    Intercept, slope and residual variance are all uncertain (Gelman et al., Bayesian Data
    Analysis, section 14.2, flat prior), so the years of one path share their error of slope.
    """
    centre = years.mean()
    spread = float(np.sum((years - centre) ** 2))
    slope = float(np.sum((years - centre) * figures)) / spread
    ahead = years[-1] + np.arange(1, steps + 1) - centre
    freedom = len(years) - 2
    if freedom < 1:
        raise ValueError("two figures leave no residual")
    residual = figures - figures.mean() - slope * (years - centre)
    variance = float(residual @ residual) / freedom
    sd = np.sqrt(freedom * variance / rng.chisquare(freedom, n_paths))[:, None]
    mean_error = rng.standard_normal((n_paths, 1)) / math.sqrt(len(years))
    slope_error = rng.standard_normal((n_paths, 1)) / math.sqrt(spread)
    noise = rng.standard_normal((n_paths, steps))
    return np.asarray(figures.mean() + slope * ahead + sd * (mean_error + slope_error * ahead + noise))


def _damped_holt(
    years: _Values, figures: _Values, steps: int, n_paths: int, rng: np.random.Generator
) -> _Values:
    """Simulate ETS(A,Ad,A without season) from its fitted parameters (Hyndman et al. 2008)."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    model = ETSModel(figures, error="add", trend="add", damped_trend=True, initialization_method="estimated")
    fitted = _climbed(model.fit(disp=False))
    simulated = fitted.simulate(steps, anchor="end", repetitions=n_paths, rng=rng)
    return np.asarray(simulated, dtype=float).reshape(steps, n_paths).T


def _theta(years: _Values, figures: _Values, steps: int, n_paths: int, rng: np.random.Generator) -> _Values:
    """Paths around Theta's own forecast (Assimakopoulos & Nikolopoulos 2000).

    Theta is simple exponential smoothing with a drift of half the slope (Hyndman & Billah 2003);
    the variance of its one-step errors grows with the horizon as in an ARIMA(0,1,1), so a path adds
    independent normal steps. statsmodels would take that variance from a likelihood too flat for
    short histories: it differs between processors by up to 7 %.
    """
    from statsmodels.tsa.forecasting.theta import ThetaModel

    fitted = ThetaModel(figures, deseasonalize=False).fit()
    smoothing = float(fitted.params.iloc[1])
    level, errors = figures[0], []
    for figure in figures[1:]:
        errors.append(figure - level)
        level += smoothing * (figure - level)
    variance = float(np.var(errors)) * len(errors) / (len(figures) - 3)  # slope, smoothing estimated
    growth = np.full(steps, 1 + (smoothing - 1) ** 2)
    growth[0] = 1.0
    step_sd = np.sqrt(variance * growth)
    point = np.asarray(fitted.forecast(steps), dtype=float)
    return np.asarray(point + np.cumsum(step_sd * rng.standard_normal((n_paths, steps)), axis=1))


def _snapped(variances: _Values) -> _Values:
    """Estimated variances on a fixed grid of 20 steps a decade, those that are next to nothing zero.

    The optimiser stops where the last bits of the processor lead it, within a thousandth of the
    optimum; a step of the grid is still far below what a dozen figures can tell.
    """
    held = np.where(variances > 1e-4 * variances.max(), variances, 0.0)
    return np.where(held > 0, 10 ** (np.round(20 * np.log10(np.where(held > 0, held, 1.0))) / 20), 0.0)


def _local_linear_trend(
    years: _Values, figures: _Values, steps: int, n_paths: int, rng: np.random.Generator
) -> _Values:
    """Simulate the local linear trend from its last predicted state (Harvey 1989, section 2.3).

    A year without a figure is a missing observation to the Kalman filter.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    first = int(years[0])
    observed = np.full(int(years[-1]) - first + 1, np.nan)
    observed[years.astype(int) - first] = figures
    model = UnobservedComponents(observed, level="lltrend")
    climbed = _climbed(model.fit(disp=False, maxiter=MAX_ROUNDS), method="nm", maxiter=MAX_ROUNDS)
    variances = _snapped(np.asarray(climbed.params, dtype=float))
    fitted = model.filter(variances)
    irregular, level_sd, slope_sd = np.sqrt(variances)
    mean = np.asarray(fitted.predicted_state)[:, -1]
    covariance = np.asarray(fitted.predicted_state_cov)[:, :, -1]
    # By Cholesky, which is unique: eigenvectors change sign from processor to processor.
    level_scale = math.sqrt(max(covariance[0, 0], 0.0))
    shared = covariance[1, 0] / level_scale if level_scale > 0 else 0.0
    own = math.sqrt(max(covariance[1, 1] - shared**2, 0.0))
    first_draw, second_draw = rng.standard_normal((2, n_paths))
    level = mean[0] + level_scale * first_draw
    slope = mean[1] + shared * first_draw + own * second_draw
    paths = np.empty((n_paths, steps))
    for step in range(steps):
        paths[:, step] = level + irregular * rng.standard_normal(n_paths)
        level = level + slope + level_sd * rng.standard_normal(n_paths)
        slope = slope + slope_sd * rng.standard_normal(n_paths)
    return paths


_FACTS: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
)
_SAMPLERS: dict[str, _Sampler] = {
    "ols_linear": _least_squares_line,
    "ols_log": _least_squares_line,
    "holt_damped": _damped_holt,
    "theta": _theta,
    "local_linear_trend": _local_linear_trend,
}
MEMBERS = {name: TrendModel(name, sampler=draw, **_FACTS[name]) for name, draw in _SAMPLERS.items()}
"""The models that fit figures themselves, by their registered names."""
TREND_MODELS: dict[str, TrendModel | Combination] = {
    **MEMBERS,
    "combination": Combination("combination", members=tuple(MEMBERS.values()), **_FACTS["combination"]),
}
"""Every trend model by its registered name."""
