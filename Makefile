# `make demo` and `make test` do all the set-up on a bare machine with python3 (3.11+), make and git.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test check format lock golden bench bench-scale faults equality compiled clean

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Nurture needs Python 3.11 or later; say which with: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP)  ## run fifty contacts through a 90-day journey
	@$(BIN)/nurture demo

test: check  ## lint, types, import contracts, tests
	$(BIN)/python -m pytest

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)  ## format and fix
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

golden: $(STAMP)  ## write the golden files anew (then read the diff)
	NURTURE_GOLDEN=write $(BIN)/python -m pytest -q -k golden

bench: $(STAMP)  ## measure the figures of docs/operations.md
	$(BIN)/python -m benchmarks

EFFECTS ?= 10000
MINUTES ?= 30

faults: $(STAMP)  ## kill, cut, fill and turn everything at random (EFFECTS=, MINUTES=, SEED=), see docs/reliability.md
	$(BIN)/python -m tests.faults.storm --effects $(EFFECTS) --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

bench-scale: $(STAMP)  ## measure the intake, many runs, and how things grow (a quarter of an hour)
	$(BIN)/python -m benchmarks.scale

N ?= 2000
FROM ?= 0

DATABASE ?= sqlite

equality: $(STAMP)  ## run N made pairs on both drivers (N=, SEED=, FROM=, DATABASE=), see docs/fidelity.md
	$(BIN)/python -m tests.equality --pairs $(N) --from $(FROM) --database $(DATABASE) $(if $(SEED),--seed $(SEED))

compiled: $(STAMP)  ## a wheel in dist/ whose machine is compiled to C (needs a C compiler), see docs/operations.md
	rm -rf build/compiled && mkdir -p build/compiled
	$(BIN)/python -m hatchling build --target sdist --directory build/compiled
	tar -xzf build/compiled/*.tar.gz -C build/compiled --strip-components=1
	cd build/compiled && HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(CURDIR)/$(BIN)/python -m hatchling build --target wheel --directory $(CURDIR)/dist

lock:  ## resolve the dependencies anew (needs uv)
	uv pip compile --universal --generate-hashes --group dev --all-extras --python-version 3.11 --no-header pyproject.toml -o requirements.lock

clean:  ## remove what was made here
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache nurture-demo
