# Two commands for a new user: `make demo` and `make test`. Both work from a fresh clone; everything
# goes into .venv by plain pip, at the versions of constraints.txt.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --quiet --disable-pip-version-check
WORKERS ?= 3

.PHONY: demo test install-clients test-clients coverage lint schemathesis bench docs browser clean
.DEFAULT_GOAL := test

$(VENV)/.pip: constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pytest-llmock needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install -c constraints.txt pip
	@touch $@

$(VENV)/.demo: $(VENV)/.pip pyproject.toml
	$(PIP) install -c constraints.txt -e '.[asyncio]' openai
	@touch $@

$(VENV)/.dev: $(VENV)/.demo pyproject.toml
	$(PIP) install -c constraints.txt -e . --group dev
	@touch $@

demo: $(VENV)/.demo      ## the examples: no model, no key, no network
	$(BIN)/python -m pytest -c conftest_examples/pytest.ini --rootdir conftest_examples conftest_examples

# beside the environment, not in it: its pytest plugin would cost every run, and those that tests start, a second
$(VENV)/.fuzz: $(VENV)/.dev
	rm -rf $(VENV)/fuzz
	$(PIP) install -c constraints.txt --no-deps --target $(VENV)/fuzz --group fuzz
	@touch $@

schemathesis: $(VENV)/.fuzz  ## many requests to the server and to mounted documents; `make test` has the short form
	FUZZ_EXAMPLES=$(or $(EXAMPLES),60) $(BIN)/python -m pytest tests/server/test_server_schemathesis.py

test: $(VENV)/.fuzz lint  ## all that CI runs, but real clients
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Real clients would bring ours into conflict, and exclude each other's newest versions: so they have environments of
# their own, each named like its dependency group. What tests import is compiled when they do: a part of what is installed.
CLIENTS = clients clients-openai2

$(CLIENTS:%=$(VENV)/%/.done): $(VENV)/%/.done: $(VENV)/.pip constraints-%.txt pyproject.toml
	$(PYTHON) -m venv --without-pip $(VENV)/$*
	$(PIP) --python $(VENV)/$* install --no-compile --only-binary :all: -c constraints-$*.txt -e . --group $*
	@touch $@

$(CLIENTS:%=run-%): run-%: $(VENV)/%/.done
	$(VENV)/$*/bin/python -m pytest -c clients/pytest.ini --rootdir clients clients --environment $*

install-clients: $(CLIENTS:%=$(VENV)/%/.done)

test-clients: $(CLIENTS:%=run-%)  ## real SDKs and frameworks in their newest versions, all through one table (clients/)

coverage: $(VENV)/.fuzz  ## the same tests, measured: takes nearly twice as long
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest -n $(WORKERS) --dist worksteal
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

lint: $(VENV)/.dev       ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/.dev       ## run every code block of README and docs
	$(BIN)/python -m pytest tests/test_docs.py

browser: $(VENV)/.dev    ## the tests in a real browser; they need the system's: apt-get install chromium
	$(BIN)/python -m pytest -rs tests/browser

$(VENV)/.bench: $(VENV)/.dev
	$(PIP) install -c constraints.txt --group bench
	! command -v npm >/dev/null || npm install --silent --no-audit --no-fund --prefix $(VENV)/aimock @copilotkit/aimock@1.43.0
	@touch $@

bench: $(VENV)/.bench      ## the figures of docs/understand/figures.md, as ratios against floors of the same run
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist .coverage* .mypy_cache .ruff_cache .pytest_cache .hypothesis
