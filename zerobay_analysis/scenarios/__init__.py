"""What if: levers on a forecast, scenarios of them, and the YAML form they are written in."""
