"""Calibrated outlook for the targets of an action plan.

Importing this package is light on purpose: no scientific library is loaded
until the module that needs it is imported.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
