"""The same numbers on every processor: OpenBLAS and numpy are told to be those of another one."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

X86 = platform.machine().lower() in ("x86_64", "amd64")
KERNELS = ("Haswell", "Prescott", "Nehalem", "Sandybridge")
PROCESSORS = {
    **{kernel: {"OPENBLAS_CORETYPE": kernel} for kernel in KERNELS},
    "without AVX2": {"NPY_DISABLE_CPU_FEATURES": "AVX2 FMA3 AVX512F X86_V3 X86_V4"},
    "two threads": {"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"},
}

TABLES = """
import sys
from zerobay_analysis.assessment.joint import joint_outlooks, years_together
from zerobay_analysis.scenarios.form import report_scenarios
from zerobay_analysis.scenarios.run import scenario_frame, try_scenarios
from zerobay_analysis.study import Study

for data in ("public", "demo"):
    study = Study.open(data, "2026-11-22")
    study.table.to_csv(sys.stdout, index=False)
    results, _ = try_scenarios(report_scenarios(), study.outlooks)
    scenario_frame(results).to_csv(sys.stdout, index=False, float_format="%.6g")  # as it is exported
    for joint in joint_outlooks(study.outlooks):
        print(joint.year, *(f"{share:.6g}" for share in joint.distribution), sep=",")
    for outlook in study.outlooks:
        print(*(f"{share:.6g}" for share in years_together(outlook)), sep=",")
"""


def tables(changes: dict[str, str]) -> bytes:
    """Outlook, scenarios and joint outlook of both data sets, as CSV."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **changes}
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", TABLES], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def here() -> bytes:
    return tables({})


@pytest.mark.skipif(not X86, reason="the kernels of other processors can only be imitated on x86-64")
@pytest.mark.parametrize("processor", PROCESSORS)
def test_every_table_is_the_same_byte_for_byte(processor: str, here: bytes) -> None:
    assert here.count(b"\n") > 100
    assert tables(PROCESSORS[processor]) == here


def test_locale_and_time_zone_change_nothing(here: bytes) -> None:
    assert tables({"LC_ALL": "C", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "7"}) == here
