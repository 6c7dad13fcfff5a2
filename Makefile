# Every target makes its own .venv first; nothing needs to be installed by hand but Python 3.11.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help rehearsal test check bench clean

help: ## Show these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | \
	  while IFS='|' read -r name words; do printf '  make %-10s %s\n' "$$name" "$$words"; done

rehearsal: $(STAMP) ## Rehearse the flash sale on the built-in shop, and report
	@$(BIN)/doorbuster rehearse $(ARGS)

# All tests run side by side, each file in one process, then those that need a quiet machine; what
# is asked for runs as it is asked for.
SIDE_BY_SIDE := -n auto --dist loadfile --no-loadscope-reorder

test: $(STAMP) ## Run the tests
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest -m 'not quiet' $(SIDE_BY_SIDE)
	@$(BIN)/python -m pytest -m quiet tests/end_to_end tests/laws
endif

check: $(STAMP) ## Lint, format check, strict types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(STAMP) ## Measure speed and memory, as ratios against a peer in the same run
	@$(BIN)/python -m pytest tests/benchmarks --benchmark-enable --benchmark-only --timeout 600 $(ARGS)

clean: ## Remove the virtual environment, caches and builds (runs/ stays)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .hypothesis .benchmarks
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# `python3.11` may be called `python3` on a machine that has only that one.
$(STAMP): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null 2>&1 && python=$(PYTHON) || python=python3; \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Doorbuster needs Python 3.11 or later; found $$("$$python" -V)"; exit 1; }; \
	  echo "making $(VENV) with $$("$$python" -V) ..."; \
	  "$$python" -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
