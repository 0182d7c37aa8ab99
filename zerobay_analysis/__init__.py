"""Calibrated outlook for the targets of the Grand neoBay (大零号湾) action plan.

Importing this package is light on purpose: no scientific library is loaded
until the module that needs it is imported.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
