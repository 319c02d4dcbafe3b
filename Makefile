# Everything a newcomer needs: `make demo` runs the main job, `make test` passes the tests.

PYTHON ?= python3.11
VENV ?= .venv
BIN = $(VENV)/bin
EXTRAS = dev,notebook,postgres,rabbitmq,redis,jwt,multilingual,parquet,nlp,llm,learn,anomaly,otel
# Where your package index serves PyTorch with CUDA (several GB), name one with its CPU build:
#   make env PIP_TORCH_ARGS="--index-url ADDRESS"
PIP_TORCH_ARGS ?=
# Processes: tests wait so often that three keep two cores busy.
JOBS ?= 3
# Which tests `make test` runs; TESTS="not crash" has those that take minutes run with them.
TESTS ?= not slow and not crash
# Tests start some hundred processes: where this is set, each compiles every module anew.
unexport PYTHONDONTWRITEBYTECODE
# They sync thousands of small files: into memory (some hundred MB), where there's room for them.
MEMORY := $(shell df --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 {print "/dev/shm"}')
ifneq ($(MEMORY),)
export PYTEST_DEBUG_TEMPROOT ?= $(MEMORY)
endif
PIP = $(BIN)/pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt

define NO_CUDA
import json, sys
names = [item["metadata"]["name"] for item in json.load(open(sys.argv[1]))["install"]]
if any(name.startswith("nvidia") for name in names):
    sys.exit("this package index would install PyTorch with CUDA (several GB): run\n"
             "  make env PIP_TORCH_ARGS='--index-url ADDRESS'\n"
             "with the address of an index that has its CPU build")
endef
export NO_CUDA

.DEFAULT_GOAL := help
.PHONY: help env demo test check lint types layers bench crash chaos history load leaks fuzz laws slow clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

env: $(VENV)/.installed ## create .venv with everything, pinned

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) --dry-run --report $(VENV)/torch.json $(PIP_TORCH_ARGS) torch
	@$(BIN)/python -c "$$NO_CUDA" $(VENV)/torch.json
	$(PIP) $(PIP_TORCH_ARGS) torch
	$(PIP) -e '.[$(EXTRAS)]'
	$(BIN)/python -m compileall -qq -j $(JOBS) $(VENV)/lib || true # pip does it in one process
	touch $@

demo: env ## ingest a real corpus and answer questions
	$(BIN)/python -m api.demo

test: env ## the fast tests
	$(BIN)/pytest -q -n $(JOBS) --dist worksteal -m "$(TESTS)"

check: lint types layers test ## what CI runs: ruff, mypy --strict, import-linter, tests

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env
	$(BIN)/mypy

layers: env
	$(BIN)/lint-imports

slow: env ## the tests that take many seconds or minutes
	$(BIN)/pytest -q -n $(JOBS) --dist loadfile -m slow

crash: env ## kill ingestion at random instants (KILLS=50), look for losses
	$(BIN)/python -m tests.crash.kills --kills $(or $(KILLS),50)

chaos: env ## cut connections, kill workers, send messages twice: each effect once (REQUESTS=3000)
	CHAOS=$(or $(REQUESTS),3000) $(BIN)/pytest -q -m slow tests/elders/transports/test_chaos.py

history: env ## write and search at once, look for answers that are stale or of others (SECONDS=60)
	$(BIN)/python -m tests.acceptance.history --seconds $(or $(SECONDS),60)

load: env ## put a server under load, then under twice what it holds (REQUESTS=150000)
	$(BIN)/python -m benchmarks.load --requests $(or $(REQUESTS),150000)

leaks: env ## ask everything of everybody else's, with every role, by every route (COLLECTIONS=40)
	$(BIN)/python -m tests.acceptance.leaks --collections $(or $(COLLECTIONS),40)

fuzz: env ## send whatever the OpenAPI document allows, and what it does not (CASES=2000)
	$(BIN)/python -m tests.acceptance.fuzz --cases $(or $(CASES),2000)

laws: env ## compare the graph with clean rebuilds after random sequences (LAWS=500)
	LAWS=$(or $(LAWS),500) $(BIN)/pytest -q -m slow tests/knowledge/graph/test_laws.py

bench: env ## speed and memory, each beside its baseline
	$(BIN)/python -m benchmarks

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
