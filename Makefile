# Everything a newcomer needs: make demo, make test.
PYTHON ?= python3
TOOLS  := .uv
UV     := $(TOOLS)/bin/uv
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
TESTS  ?=            # such as: make test TESTS="-m 'not spark'"

# Two workers of tests have a core each: threads that wait for each other would take both.
export OMP_NUM_THREADS      ?= 1
export OPENBLAS_NUM_THREADS ?= 1
# A test that starts a process would else translate every library again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test quick slow check types format bench brands clean lock

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; say which with: make PYTHON=python3.12"; exit 1; }
	@echo "Bringing uv"
	@$(PYTHON) -m venv $(TOOLS) || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check "uv==0.13.9"

$(READY): $(UV) requirements/dev.txt pyproject.toml
	@echo "Setting up (about a minute the first time)"
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" $(VENV)
	@VIRTUAL_ENV=$(VENV) $(UV) pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=$(VENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## Run the whole way on a simulated brand and say where the letter is
	@$(BIN)/rapport demo demo

test: $(READY) ## Run every check and every test but the slow ones
	@$(MAKE) --no-print-directory --jobs 2 check quick

quick: $(READY)
	@$(BIN)/pytest -n 2 --dist loadgroup -m "not slow" $(TESTS)

slow: $(READY) ## Run the slow tests: a real Bluesky server, damaged files
	@$(BIN)/python tests/live/bluesky_server.py
	@$(BIN)/pytest -n 2 --dist loadgroup -m slow

check: $(READY) ## Style and types
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary

format: $(READY) ## Put the code in its usual form
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --quiet --fix .

bench: $(READY) ## Measure time and memory against the peers
	@$(BIN)/python benchmarks/lifetime.py
	@$(BIN)/python benchmarks/spine.py
	@$(BIN)/python benchmarks/simulation.py
	@$(BIN)/python benchmarks/planning.py
	@$(BIN)/python benchmarks/ga4.py
	@$(BIN)/python benchmarks/identity.py
	@$(BIN)/python benchmarks/followers.py
	@$(BIN)/python benchmarks/understanding.py
	@$(BIN)/python benchmarks/quantification.py
	@$(BIN)/python benchmarks/topics.py
	@$(BIN)/python benchmarks/alarms.py
	@$(BIN)/python benchmarks/waiting.py
	@$(BIN)/python benchmarks/listen.py
	@$(BIN)/python benchmarks/mutated_files.py
	@$(BIN)/python benchmarks/whole.py --steps

brands: $(READY) ## Hold levels, leaving, connection, codes, counts and the statement to simulated brands
	@$(BIN)/python benchmarks/levels.py
	@$(BIN)/python benchmarks/breaking_up.py
	@$(BIN)/python benchmarks/connection.py
	@$(BIN)/python benchmarks/referral.py
	@$(BIN)/python benchmarks/counts.py
	@$(BIN)/python benchmarks/statement.py

lock: $(UV) ## Resolve the dependencies again
	@$(UV) pip compile pyproject.toml --group dev --group peers --extra spark --extra demo --extra live --extra embed \
	  --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --upgrade --quiet --output-file requirements/dev.txt

clean: ## Remove what was set up
	rm -rf $(TOOLS) $(VENV) demo .mypy_cache .ruff_cache .hypothesis
