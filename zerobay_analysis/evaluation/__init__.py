"""Metrics, the backtest on one's own figures, and the measured calibration that reports show."""
