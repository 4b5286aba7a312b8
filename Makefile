# gibbsite: `make demo` does the main job, `make test` passes the tests. Both set everything up
# themselves, in .venv; all that is needed is make and Python 3.11 or later (PYTHON=... to choose).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: demo test style docs bench coverage clean help

help:
	@echo "make demo      compute and draw a temperature-composition section (build/fig4c.png)"
	@echo "make test      run the tests"
	@echo "make style     check lint, format and types"
	@echo "make docs      build the documentation (build/docs/index.html); a warning is an error"
	@echo "make bench     run the benchmarks and write docs/benchmarks.md (ten minutes)"
	@echo "make coverage  run the tests without compilation and report the lines they reach"
	@echo "make clean     remove what these commands made, .venv included"

demo: $(VENV)/.ready
	@mkdir -p build
	$(BIN)/gibbsite section fig4c -o build/fig4c.h5 --overwrite
	$(BIN)/gibbsite plot build/fig4c.h5 -o build/fig4c.png --overwrite

test: $(VENV)/.ready-test
	$(BIN)/python -m pytest

style: $(VENV)/.ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/.ready-test
	rm -rf docs/reference/generated
	$(BIN)/python -m sphinx -W --keep-going -q -b html -d build/doctrees docs build/docs
	@echo "build/docs/index.html"

bench: $(VENV)/.ready-test
	$(BIN)/python benchmarks/run.py

# Lines of a compiled kernel are invisible to coverage, so this run leaves compilation out.
coverage: $(VENV)/.ready-test
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -m "not compiled" --cov --cov-report=term-missing

clean:
	rm -rf $(VENV) build dist gibbsite.egg-info
	rm -rf docs/auto_gallery docs/gallery/*.h5 docs/reference/generated docs/sg_execution_times.rst
	rm -rf .benchmarks .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "gibbsite needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3"; \
	    exit 1; }
	$(PYTHON) -m venv $(VENV)

# The stamps make a second run start at once; a changed list of dependencies installs again.
$(VENV)/.ready: pyproject.toml | $(BIN)/python
	$(INSTALL) -e .
	@touch $@

$(VENV)/.ready-test: pyproject.toml | $(BIN)/python
	$(INSTALL) -e ".[dev]"
	@touch $@ $(VENV)/.ready
