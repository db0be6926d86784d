# make demo   a fresh machine: environment, installation, seeds/ translated into out/
# make test   a fresh machine: environment, installation, all tests
# make check  what continuous integration runs: lint, types, tests
# make bench  the benchmarks: cleaning, sentence boundaries, names, checks, markup, batched translation

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check lint types bench check-docker clean

demo: $(READY)
	$(BIN)/tolmach translate seeds/ --to en --to vi --summary --out out/ --model embedded

test: $(READY)
	$(BIN)/pytest -n auto --maxprocesses 4 -m "embedded or not embedded"

check: lint types test

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python benchmarks/cleaning.py
	$(BIN)/python benchmarks/segmentation.py
	$(BIN)/python benchmarks/names.py
	$(BIN)/python benchmarks/finding.py
	$(BIN)/python benchmarks/checks.py
	$(BIN)/python benchmarks/markup.py --size small
	$(BIN)/python benchmarks/translate.py

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "tolmach needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[embedded,dev]'
	@touch $@

# needs root and debootstrap: carries out the Dockerfile's CPU target in a clean Debian
check-docker:
	$(PYTHON) tests/docker_in_root.py

clean:
	rm -rf $(VENV) out
