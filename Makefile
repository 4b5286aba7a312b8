# gibbsite: `make demo` does the main job, `make test` passes the tests. Both set everything up
# themselves, in .venv; all that is needed is make and Python 3.11 or later (PYTHON=... to choose).

PYTHON ?= python3
# The newest one that is there, and answers.
NEWEST_PYTHON ?= $(shell for python in python3.14 python3.13 python3.12 $(PYTHON); do \
    $$python -c '' 2>/dev/null && echo $$python && break; done)
VENV ?= .venv
OLDEST := .venv-oldest
NEWEST := .venv-newest
RUN_TESTS := test,bench,cluster,study,view,excel
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Files of tests side by side, one process a processor; kernels are compiled before, once.
TEST := -m pytest --numprocesses auto --maxprocesses 8 --dist loadfile

# Byte code is kept whatever the environment says: each of many processes would make that of the tests.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test test-slow test-all test-oldest test-newest style docs bench coverage clean help

help:
	@echo "make demo      compute and draw a temperature-composition section (build/fig4c.png)"
	@echo "make test      run the tests, but for the slow ones and the pages (minutes; kernels are compiled at first)"
	@echo "make test-slow run the slow ones; make test-all runs both"
	@echo "make test-oldest, test-newest: with the oldest libraries, with the newest Python"
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
	$(BIN)/gibbsite warm
	$(BIN)/python $(TEST) -m "not slow" tests

test-slow: $(VENV)/.ready-test
	$(BIN)/gibbsite warm
	$(BIN)/python $(TEST) -m slow

test-all: test test-slow

# Without the pages, what builds them and what checks style: their versions are no one's concern.
test-oldest: $(OLDEST)/.ready
	$(OLDEST)/bin/gibbsite warm
	$(OLDEST)/bin/python $(TEST) -m "not slow" tests

test-newest: $(NEWEST)/.ready
	$(NEWEST)/bin/gibbsite warm
	$(NEWEST)/bin/python $(TEST) -m "not slow" tests

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
	rm -rf $(VENV) $(OLDEST) $(NEWEST) build dist gibbsite.egg-info
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

$(OLDEST)/.ready: pyproject.toml
	$(PYTHON) -m venv --clear $(OLDEST)
	$(OLDEST)/bin/python .ci/oldest.py >$(OLDEST)/constraints.txt
	$(OLDEST)/bin/python -m pip install --quiet --disable-pip-version-check \
	    --constraint $(OLDEST)/constraints.txt -e ".[$(RUN_TESTS)]"
	@touch $@

$(NEWEST)/.ready: pyproject.toml
	$(NEWEST_PYTHON) -m venv --clear $(NEWEST)
	$(NEWEST)/bin/python -m pip install --quiet --disable-pip-version-check -e ".[$(RUN_TESTS)]"
	@touch $@
