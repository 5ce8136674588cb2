# The commands of the house. PYTHON is the interpreter that .venv is made from: make setup PYTHON=/path/to/python3.12
.DEFAULT_GOAL := help
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
BIN := .venv/bin
STAMP := .venv/.smoulder-ready
DEMO := out/demo

.PHONY: help setup demo test test-slow lint bench docs lock clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-10s %s\n", $$1, $$2}'

setup: $(STAMP) ## make .venv with the locked packages and this checkout (again only when they change)

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "smoulder needs Python 3.11 or newer: install it, or name it with make PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { echo "$(PYTHON) cannot make a virtual environment: on Debian, apt-get install python3-venv" >&2; exit 2; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked packages into .venv (about half a minute)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## simulate, follow, run a trial, and compare with what is published; writes out/demo
	$(BIN)/smoulder demo --out $(DEMO)

test: $(STAMP) ## all tests but the slow ones
	$(BIN)/python -m pytest -m "not slow"

test-slow: $(STAMP) ## the slow tests alone
	$(BIN)/python -m pytest -m slow

lint: $(STAMP) ## style and types
	$(BIN)/ruff check .
	$(BIN)/mypy

bench: $(STAMP) ## how fast it is on this machine
	$(BIN)/python -m benchmarks

docs: $(STAMP) ## write the generated pages again
	$(BIN)/python -m smoulder.maths --out docs

lock: $(STAMP) ## resolve requirements.lock again from pyproject.toml (needs a package index)
	@rm -rf .venv/locking && $(PYTHON) -m venv .venv/locking && .venv/locking/bin/pip install --quiet uv
	@.venv/locking/bin/uv pip compile --quiet --universal --python-version 3.11 --extra all --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links --no-emit-package smoulder pyproject.toml -o .venv/resolved
	@{ echo '# Exact versions that smoulder is built and tested with, Python 3.11 to 3.13. Made by `make lock` from pyproject.toml; do not edit.'; \
	  cat .venv/resolved; } > requirements.lock
	@rm -rf .venv/locking .venv/resolved

clean: ## remove what these commands made, and .venv
	rm -rf .venv out build dist .pytest_cache .hypothesis .ruff_cache .mypy_cache src/*.egg-info
	find src tests benchmarks studies -name __pycache__ -type d -prune -exec rm -rf {} +
