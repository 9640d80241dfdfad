# Every verb that people, CI and Cloud Build use. `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
export Q

.DEFAULT_GOAL := help
.PHONY: help setup setup-semantic ask serve test check fix proto simulate chaos lock clean

help: ## Show what each verb does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv from the lock file, with nothing but Python 3.11+

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.12 ...")'
	@echo "Setting up .venv (about a minute, once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

setup-semantic: setup ## Add real sentence embeddings (PyTorch: large)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-semantic.txt

ask: setup ## Ask the panel one question: make ask Q="What is 17% of 2,340?"
	@$(BIN)/consensus ask "$$Q"

serve: setup ## Run the service on this machine, on port 8080
	@$(BIN)/consensus serve

test: setup ## Run every test, on real emulators where they can be found
	@$(BIN)/python -m pytest

check: setup ## Lint, types, architecture and generated code; writes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@PYTHON=$(BIN)/python scripts/proto --check

fix: setup ## Format, and mend what the linter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

proto: setup ## Generate the gRPC code from proto/
	@PYTHON=$(BIN)/python scripts/proto

SEEDS ?= 2000
simulate: setup ## Live SEEDS simulated worlds and check every promise
	@$(BIN)/python -m tests.simulation.run --seeds $(SEEDS)

TASKS ?= 100
STACK ?= emulated
chaos: setup ## Kill and pause the real processes of STACK under TASKS tasks
	@$(BIN)/python -m tests.chaos.run --tasks $(TASKS) --stack $(STACK)

lock: ## Resolve requirements.lock anew (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --upgrade \
	  --extra supervisor --extra aggregator --extra worker --extra local --group dev \
	  -o requirements.lock

clean: ## Remove what the other verbs made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
