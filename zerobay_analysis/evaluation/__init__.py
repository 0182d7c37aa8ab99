"""Metrics, backtest and the public benchmark against peers."""
