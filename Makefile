# Two commands are enough: `make app` starts the explorer, `make test` runs the whole suite.
# Both set everything up by themselves: a virtual environment in .venv and the pinned requirements.

PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

export OMP_WAIT_POLICY := PASSIVE

.PHONY: app test check format screenshot clean

app: $(READY)
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: $(READY)
	$(BIN)/python -m pytest

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

screenshot: $(READY)
	$(BIN)/python scripts/screenshot.py

$(READY): requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	touch $(READY)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
