# `make demo` and `make test` do all the set-up on a fresh machine with Python 3.11+, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
FOLDERS := model solvers scenarios service
DEMO_OUT ?= demo-output

.PHONY: demo test soak check format docs lock benchmark-tools wheel clean system-packages

demo: $(VENV)/runtime
	$(BIN)/tongzhou demo --out $(DEMO_OUT)

test: $(VENV)/dev system-packages
	$(BIN)/python -m pytest -n 2 --dist loadfile tests

# Everything killed at random while many submit: 20 seeds on both databases. About two hours.
soak: $(VENV)/dev system-packages
	$(BIN)/python tests/chaos.py --seeds 20 --submissions 400 --kills 20

check: $(VENV)/dev build/typing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/dev
	$(BIN)/python -m tongzhou.model.pages model/README.md
	$(BIN)/tongzhou openapi --out service/api/openapi.json
	TONGZHOU_WRITE_GOLDEN=1 $(BIN)/python -m pytest -q tests/golden

# The default interpreter must be 3.11 or newer.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || sh .ci/system-packages python3-venv && test -x $@ || $(PYTHON) -m venv $(VENV)

$(VENV)/runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/runtime

# mypy cannot follow the editable hook: uncommitted links show it the namespace package.
build/typing: $(VENV)/dev
	@mkdir -p build/typing/tongzhou
	@for folder in $(FOLDERS); do ln -sfn ../../../$$folder build/typing/tongzhou/$$folder; done
	@touch build/typing

# A browser and Chinese fonts, so that the tests can look at the report; a database server for the tests' own cluster.
system-packages:
	@sh .ci/system-packages chromium fonts-noto-cjk postgresql

# The peers of tests/benchmarks/peers.py.
benchmark-tools: $(VENV)/dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-benchmark.lock

lock: $(VENV)/dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra dev -o requirements-dev.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -c requirements-dev.lock -o requirements.lock pyproject.toml
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra benchmark -c requirements-dev.lock -o requirements-benchmark.lock pyproject.toml

# From the sdist, with no stale build/lib: a deleted module must not come back in a wheel.
wheel: $(VENV)/dev
	rm -rf build/lib dist
	$(BIN)/python -m build --no-isolation --outdir dist .

clean:
	rm -rf build dist $(VENV) demo-output *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
