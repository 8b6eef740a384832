# arbill: `make run` is all it takes. Needs make and Python 3.11 or newer; everything else lands in .venv and .web.
.DEFAULT_GOAL := help
.PHONY: run test check bench screenshots messages help

run: .venv/.installed ## Start arbill (installs and builds what is missing), then say where it is
	@.venv/bin/arbill run

test: .venv/.dev ## Run every test: fast ones, security, journeys in a browser
	@.venv/bin/python -m tests.run

check: .venv/.dev ## Format, lint, types, who may import whom, tracked files
	@.venv/bin/ruff format --check . && .venv/bin/ruff check . && .venv/bin/mypy && .venv/bin/lint-imports
	@.venv/bin/python -m tests.tracked

bench: .venv/.dev ## Time what matters
	@.venv/bin/python -m bench

screenshots: .venv/.dev ## Take the pictures in README.md anew
	@.venv/bin/python -m tests.screenshots

messages: .venv/.dev ## Carry what the sources say into the catalogues of every language
	@.venv/bin/python -m tests.catalogues

help: ## This list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

# ---------------------------------------------------------------- the virtual environment

.venv/.installed: pyproject.toml | .venv/bin/python
	$(call install,)

.venv/.dev: pyproject.toml | .venv/bin/python
	$(call install,--group dev)
	@touch .venv/.installed

# `uv pip`, not `uv sync`: the versions are pinned in pyproject.toml and no lock file is kept.
define install
	@echo "Installing (about a minute the first time)…"
	@.venv/bin/uv --version >/dev/null 2>&1 || uv --version >/dev/null 2>&1 || \
	  { .venv/bin/python -m ensurepip >/dev/null; .venv/bin/python -m pip install -q uv; }
	@PATH="$$PWD/.venv/bin:$$PATH" uv pip install -q --python .venv/bin/python -e . $(1)
	@touch $@
endef

# The newest Python that really runs: version managers leave commands on PATH that only print an error.
.venv/bin/python:
	@for p in python3.13 python3.12 python3.11 python3; do \
	  $$p -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && break; p=; done; \
	[ -n "$$p" ] || { echo "arbill needs Python 3.11 or newer with its venv module (python3-venv on Debian)."; exit 1; }; \
	$$p -m venv .venv
