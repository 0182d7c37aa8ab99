"""Kernels that start warm: forked from a server that has already imported what notebooks use.

``fingerprint`` says whether a server fits its caller, ``rendezvous`` where they meet, ``server``
forks, ``forked`` is what a fork becomes, ``client`` asks for one, ``provisioner`` is how Jupyter
gets it. Only ``provisioner`` is imported on every system; the others run on Linux.
"""

from __future__ import annotations

__all__ = ["KERNEL_NAME"]

KERNEL_NAME = "zerobay-warm"
"""Name of the kernelspec, for ``papermill -k``, ``jupyter console --kernel`` and JupyterLab."""
