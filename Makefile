# Two commands are enough: `make app` starts the explorer, `make test` runs the whole suite.
# Both set everything up by themselves: a virtual environment in .venv and the pinned requirements, with LOCKED=1 only
# files whose hashes are in requirements.lock.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DOCS_READY := $(VENV)/.docs-ready

export OMP_WAIT_POLICY := PASSIVE

.PHONY: app test check format docs mutants screenshot lock clean

app: $(READY)
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(READY)
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The site: README, docs/ and a reference made from the docstrings. The copy keeps the folders, so that links hold.
PAGES := README.md CONTRIBUTING.md CHANGELOG.md docs assets/results/studies/studies.md benchmarks/results
docs: $(DOCS_READY)
	rm -rf build/pages
	mkdir -p build/pages
	tar cf - $(PAGES) | tar xf - -C build/pages
	PYTHONPATH=. NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "open build/site/index.html"

# Plants small faults in the rooms that hold the maths and says which of them no test notices; about half an hour.
mutants: $(READY)
	$(BIN)/python -m pip install --quiet mutmut==3.8.1
	OMP_NUM_THREADS=1 $(BIN)/mutmut run
	$(BIN)/mutmut results

screenshot: $(READY)
	$(BIN)/python scripts/screenshot.py

$(READY): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(if $(LOCKED),--require-hashes --requirement requirements.lock,--requirement requirements.txt)
	touch $(READY)

$(DOCS_READY): requirements-docs.txt $(READY)
	$(BIN)/python -m pip install --quiet --requirement requirements-docs.txt
	touch $(DOCS_READY)

# What LOCKED=1 installs: every file that requirements.txt leads to on PyPI, for all systems, with its hash.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--index-url https://pypi.org/simple --output-file requirements.lock requirements.txt

clean:
	rm -rf build mutants $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
