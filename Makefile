# Every command sets up .venv by itself the first time, and again when the requirements change.

PYTHON ?= $(or $(shell command -v python3.11),python3)
SHOP := --days 7 --user-count 25 --sessions-per-user 5 --avg-events 7 --seed-products
NODE := node
ifeq ($(shell command -v node)$(CI),)
NODE := @echo "node is not installed, so this is left out: node"
endif

.DELETE_ON_ERROR:
.PHONY: help demo run test lint types bench fuzz check mutants tables backup restore

help: ## list these commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile

demo: .venv/runtime ## fill an empty shop with a simulated week, analyse it once, and serve it
	@.venv/bin/python seed_realistic_data.py --if-empty $(SHOP) && .venv/bin/python analysis.py --no-model || test $$? -eq 3
	@.venv/bin/python server.py

run: .venv/runtime ## serve the API and the dashboard on http://localhost:8000
	@.venv/bin/python server.py

test: .venv/development ## run all tests
	$(NODE) --test --test-reporter=spec tests/js/*.test.js
	.venv/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: .venv/development ## check style and formatting
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

types: .venv/development ## check types
	.venv/bin/mypy

bench: .venv/development ## measure speed and print it beside the bars
	.venv/bin/python -m benchmarks

fuzz: .venv/development ## send the API what /openapi.json allows, and what it does not, for five minutes (SECONDS=...)
	PYTHONPATH=. .venv/bin/python tests/fuzz.py $(or $(SECONDS),300)

check: lint types test ## all that CI runs

mutants: .venv/development ## corrupt the code in many small ways and see that the oracle notices each
	.venv/bin/python tests/mutants.py

tables: .venv/runtime ## write README's tables and .env.example anew from the code
	.venv/bin/python -m docs.tables

backup: .venv/runtime ## write everything into one file (FILE=..., else backups/<time>.zip), while the server runs
	@mkdir -p backups && .venv/bin/python server.py backup $(or $(FILE),backups/$(shell date -u +%Y-%m-%dT%H%M%SZ).zip)

restore: .venv/runtime ## put the backup FILE=... into an empty database
	@.venv/bin/python server.py restore $(or $(FILE),$(error Name the backup: make restore FILE=backups/...))

.venv/runtime: requirements.txt | .venv/bin/python
	@echo "Installing what Clickstream needs into .venv ..."
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/development: requirements-dev.txt .venv/runtime
	@echo "Installing what its checks need into .venv ..."
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 is needed: make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -m venv .venv
