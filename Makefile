# One entry for people and for CI. `make` alone lists the targets; every target can be run again at any time.
# A machine needs git, make, Python 3.11 or newer and PyPI; `make kubernetes` needs Go as well.

PYTHON ?= python3
JOBS ?= 2
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python -m
PIP := $(RUN) pip --quiet --disable-pip-version-check --no-input

# Judged by Kubernetes' own code; the same seed gives the same cases.
MERGE_CASES ?= 1000000
OVERLAY_CASES ?= 100000
QUANTITY_CASES ?= 100000
SCALAR_CASES ?= 10000
POD_CASES ?= 100000
POD_SECURITY_CASES ?= 50000
QUOTA_CASES ?= 5000
NODE_CASES ?= 500
SCHEMA_CASES ?= 20000
GO_TEXT_CASES ?= 40000
WORKSPACE_CASES ?= 20000
WEBHOOK_CASES ?= 5000
EFFECT_CASES ?= 15000
PATCH_CASES ?= 21000
PLAN_EDITS ?= 20
FUZZ_BODIES ?= 100000
FUZZ_OBJECTS ?= 10000
KINDS ?= 300
SEED ?= 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo check lint types layers drift test kubernetes laws oracle stability fuzz faults mutants bench schemas format requirements clean

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target text; do \
		printf 'make %-13s %s\n' "$$target" "$$text"; done

demo: $(VENV)/.demo ## render and explain the bundled kinds
	$(BIN)/nbcore render kinds
	$(BIN)/nbcore explain kinds --notebook team-a/ada-jupyter

check: lint types layers drift test ## everything that must be green before a commit

lint: $(VENV)/.dev ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## mypy --strict
	$(BIN)/mypy --strict

layers: $(VENV)/.dev ## import-linter: the layers of the house
	$(BIN)/lint-imports

drift: $(VENV)/.dev ## whether the generated files are what their generators write
	$(RUN) schemas.generate_pod_schema --check
	$(RUN) schemas.generate_kinds --check
	$(RUN) schemas.generate_rule_pages --check
	$(RUN) schemas.generate_deviations --check

test: $(VENV)/.dev ## all tests; those that ask Kubernetes skip, and say so, before `make kubernetes`
	$(RUN) pytest -n $(JOBS) --dist loadgroup

kubernetes: ## build the Kubernetes programs that the tests ask (once a machine; needs Go)
	$(PYTHON) -m tests.cluster.binaries

laws: $(VENV)/.dev ## the property tests with 5,000 examples each
	$(RUN) pytest -n $(JOBS) --hypothesis-profile=laws tests/laws

oracle: $(VENV)/.dev ## merges, quantities, YAML scalars, pods, quota and kinds against Kubernetes' own code, at length
	$(RUN) tests.oracles.test_merge_oracle --cases $(MERGE_CASES) --seed $(SEED) --jobs $(JOBS)
	$(RUN) tests.oracles.test_overlay_oracle --cases $(OVERLAY_CASES) --seed $(SEED) --jobs $(JOBS)
	$(RUN) tests.oracles.test_quantity_oracle --cases $(QUANTITY_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_scalar_oracle --cases $(SCALAR_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_pod_oracle --cases $(POD_CASES) --seed $(SEED) --jobs $(JOBS)
	$(RUN) tests.oracles.test_pod_security_oracle --cases $(POD_SECURITY_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_quota_admission_oracle --cases $(QUOTA_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_quota_nodes_oracle --cases $(NODE_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_schema_oracle --cases $(SCHEMA_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_go_text_oracle --cases $(GO_TEXT_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_workspace_kinds_oracle --cases $(WORKSPACE_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_webhook_oracle --cases $(WEBHOOK_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_effects_oracle --cases $(EFFECT_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_patch_oracle --cases $(PATCH_CASES) --seed $(SEED)
	$(RUN) tests.oracles.test_kinds_oracle --kinds $(KINDS) --seed $(SEED)
	$(RUN) tests.cluster.plan_comes_true --edits $(PLAN_EDITS) --seed $(SEED)

stability: $(VENV)/.dev ## whether pods are rendered as the last release did
	$(RUN) tests.golden.stability

fuzz: $(VENV)/.dev ## bodies that no API server sends, and lint against admission on random objects
	$(RUN) tests.fuzz --bodies $(FUZZ_BODIES) --seed $(SEED)
	$(RUN) tests.fuzz.verdicts --objects $(FUZZ_OBJECTS) --seed $(SEED)

faults: $(VENV)/.dev ## certificates, restarts, overload, slow clients and watches going wrong under load
	$(RUN) tests.webhook.faults

mutants: $(VENV)/.dev ## wrong evaluators of the Pod Security Standards: all must be found out
	$(RUN) tests.podsecurity.mutants

bench: $(VENV)/.dev ## speed, as ratios to peers measured in the same run
	$(RUN) benchmarks
	$(RUN) benchmarks.diffing
	$(RUN) benchmarks.patching
	$(RUN) benchmarks.plan
	$(RUN) benchmarks.caching
	$(RUN) benchmarks.admission

schemas: $(VENV)/.dev ## write the generated files again
	$(RUN) schemas.generate_pod_schema
	$(RUN) schemas.generate_kinds
	$(RUN) schemas.generate_rule_pages
	$(RUN) schemas.generate_deviations

format: $(VENV)/.dev ## let ruff repair and format the tree
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The demo and the tests install exactly these, by hash. --universal: one file for every platform and Python.
COMPILE = uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-package nbcore \
	--custom-compile-command 'make requirements'

requirements: ## pin the dependencies again (needs uv; UPGRADE=--upgrade takes newer ones)
	$(COMPILE) $(UPGRADE) pyproject.toml requirements/build.in -o requirements/demo.txt
	$(COMPILE) $(UPGRADE) --extra dev -c requirements/demo.txt pyproject.toml requirements/build.in \
		-o requirements/dev.txt
	$(COMPILE) $(UPGRADE) --extra webhook --extra fast -c requirements/dev.txt pyproject.toml \
		-o requirements/webhook.txt

clean: ## remove what make made in the tree
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build

# Stamps: nothing is installed again until the pins or the project's own description change.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
		f"nbcore needs Python 3.11 or newer, $(PYTHON) is {sys.version.split()[0]}: try make PYTHON=python3.13")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made requirements/demo.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements/demo.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

# dev.txt holds every pin of demo.txt, so whoever has this needs nothing for the demo.
$(VENV)/.dev: $(VENV)/.made requirements/dev.txt pyproject.toml
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.demo $@
