# Needs Python 3.11 or newer, make and git; everything else is set up here.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready

# Small matrices are many times slower with several BLAS threads.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help report demo test fuzz lab notebooks bench lock clean

help:
	@echo "make report     报告 / the report, in outputs/latest/index.html"
	@echo "make demo       演示数据及其报告 / the synthetic ledger and a report on it"
	@echo "make test       全部检查与测试 / all checks and tests"
	@echo "make fuzz       一万个异常输入 / ten thousand strange inputs"
	@echo "make lab        JupyterLab"
	@echo "make notebooks  重新运行并保存笔记本输出 / run the notebooks and store their outputs"
	@echo "make bench      公开数据基准 / the public benchmark; of the classes too, with BENCH=folder REFCLASS=folder"
	@echo "make clean      删除环境与输出 / remove the environment and the outputs"

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("需要 Python 3.11 以上 / Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

report: $(STAMP)
	$(BIN)/zerobay report

demo: $(STAMP)
	$(BIN)/python benchmarks/make_demo.py
	$(BIN)/zerobay report --data demo --as-of 2026-11-22

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --nbval notebooks

# One of them again: .venv/bin/python -m tests.fuzz csv:17
fuzz: $(STAMP)
	$(BIN)/python -m tests.fuzz 10000

lab: $(STAMP)
	$(BIN)/zerobay lab

notebooks: $(STAMP)
	$(BIN)/jupyter nbconvert --to notebook --execute --inplace \
		--ExecutePreprocessor.record_timing=False notebooks/0*.ipynb

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m benchmarks
ifdef REFCLASS
	$(BIN)/python -m benchmarks.classes --bench $(BENCH) --refclass $(REFCLASS)
endif

# The locks name no index and hold for Linux, macOS and Windows; needs uv.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra test --extra bench pyproject.toml -o requirements-bench.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra test pyproject.toml -c requirements-bench.lock -o requirements.lock

clean:
	rm -rf $(VENV) outputs .mypy_cache .ruff_cache .pytest_cache .hypothesis
