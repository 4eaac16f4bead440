# Everything sets itself up: a machine needs python3 (with venv), make and a package index.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types docs bench clean

$(READY): pyproject.toml setup.py
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

demo: $(READY)
	$(BIN)/mailconform demo

# three at a time, since many tests wait for servers; those of the lab after them, one by one, since they share its ports
test: $(READY)
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder --ignore tests/lab
	$(BIN)/python -m pytest tests/lab

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# suites/ and reports/ are seen where they will be installed
types: $(READY)
	rm -rf build/types && mkdir -p build/types/conformance
	ln -s $(CURDIR)/conformance/* $(CURDIR)/reports $(CURDIR)/suites build/types/conformance/
	cd build/types && $(CURDIR)/$(BIN)/python -m mypy --config-file $(CURDIR)/pyproject.toml -p conformance

docs: $(READY)
	$(BIN)/python docs/tables.py

bench: $(READY)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .hypothesis mailconform-out
