# Everything a person does with this checkout. Needs Python >= 3.11, make and the package registries, nothing else.
PYTHON ?= python3
UV := .venv/bin/uv
RUN := .venv/bin/python -m
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv

.PHONY: setup demo up test eject-test sweep-test fuzz check bench peers chaos migration client dashboard compose-test clean

setup: .venv/.ready dashboard/dist/index.html ## the environment and the built dashboard

.venv/.ready: pyproject.toml uv.lock
	@test -x $(UV) || { $(PYTHON) -m venv .venv && .venv/bin/python -m pip install --quiet --disable-pip-version-check uv; }
	$(UV) sync --frozen --quiet --inexact
	@touch $@

DASHBOARD_SOURCES := $(shell find dashboard/src dashboard/index.html dashboard/package.json dashboard/vite.config.ts 2>/dev/null)

dashboard/node_modules/.ready: dashboard/package.json dashboard/package-lock.json .venv/.ready
	.venv/bin/python dashboard/node.py npm ci --no-audit --no-fund --loglevel=error
	@touch $@

dashboard/dist/index.html: $(DASHBOARD_SOURCES) dashboard/node_modules/.ready
	.venv/bin/python dashboard/node.py npm run build
	@touch $@

dashboard: dashboard/dist/index.html

demo: setup ## train a real model through the API and show it
	@.venv/bin/horngate demo

up: setup ## local mode on http://127.0.0.1:8000
	@.venv/bin/horngate up

test: setup ## every test, two rows of them beside each other
	$(RUN) pytest -n 2 --dist loadscope --no-loadscope-reorder --durations=25

eject-test: setup ## many random specs, each ejected and compared bit for bit
	HORNGATE_EJECT_EXAMPLES=100 $(RUN) pytest tests/models_lib/eject

fuzz: setup ## generated requests against a whole service: make fuzz CASES=100000 SEED=7
	HORNGATE_FUZZ_CASES=$(or $(CASES),50000) HORNGATE_FUZZ_SEED=$(or $(SEED),7) $(RUN) pytest tests/hostile/test_fuzz.py

sweep-test: setup ## all of Keras' catalog before the doctor, all of keras.applications through a spec
	HORNGATE_SWEEP=all $(RUN) pytest tests/models_lib/components/test_doctor.py tests/models_lib/build/test_applications.py

check: setup ## format, lint, types, contracts, drift
	$(RUN) ruff format --check .
	$(RUN) ruff check --no-cache . # the cache does not see that a sibling module came or went
	$(RUN) mypy
	.venv/bin/lint-imports
	.venv/bin/python dashboard/node.py npm run check

client: setup ## regenerate the OpenAPI document and the TypeScript client
	$(RUN) api.openapi dashboard/openapi.json
	.venv/bin/python dashboard/node.py npm run client

migration: setup ## a new revision: make migration m="add a column"
	$(RUN) store.migrate revision "$(m)"

bench: setup ## measure what stands in docs/performance.md; against JAX and MLflow where `make peers` has been
	$(RUN) bench

peers: setup ## what the benches measure against, in an environment of its own
	UV_PROJECT_ENVIRONMENT=$(CURDIR)/.venv-peers $(UV) sync --frozen --quiet --only-group bench

SECONDS ?= 120
chaos: setup ## storms over SQLite and PostgreSQL: make chaos SECONDS=600 SEED=7 DATABASE=postgresql CANCELS=50
	$(RUN) chaos --seconds $(SECONDS) $(if $(SEED),--seed $(SEED)) --database $(or $(DATABASE),both) --cancels $(or $(CANCELS),50)

compose-test: ## build the images and train through docker compose
	deploy/compose-test.sh

clean:
	rm -rf .venv .venv-peers dashboard/node_modules dashboard/dist
