# Every target sets up what it needs: python3 (3.11 or newer), git and make are enough.

PYTHON_BIN := .venv/bin/python
TRANSCRIPT ?= docs/sample/claude-session.jsonl
export TRANSCRIPT
SOURCES := store porcelain tests scripts

.PHONY: help demo test test-all check bench soak agents-test adapters bench-adapters browser-test fmt docs clean run-environment dev-environment

help:
	@echo "make demo [TRANSCRIPT=file]  import, fork and undo, in a temporary repository"
	@echo "make test                    all tests"
	@echo "make test-all                all tests under each Python version that is here"
	@echo "make check                   format, lint, types, import contracts"
	@echo "make bench                   measure the budgets"
	@echo "make soak                    minutes of random work"
	@echo "make agents-test             the real agents, from their packages, with a scripted model"
	@echo "make adapters                the adapters of agent frameworks, with the frameworks' own tests"
	@echo "make browser-test            the page in Chromium, wj browse in tmux, from their packages"
	@echo "make bench-adapters          the adapters' times beside the vendors' own stores"
	@echo "make fmt                     format, and fix what can be fixed"
	@echo "make docs                    rebuild docs/reference from the code"
	@echo "make clean                   remove the environment and caches"

demo: run-environment
	@sh scripts/demo.sh "$$TRANSCRIPT"

test: dev-environment
	$(PYTHON_BIN) -m pytest -n auto

test-all:
	@sh scripts/test_all.sh

check: dev-environment
	$(PYTHON_BIN) -m ruff format --check $(SOURCES)
	$(PYTHON_BIN) -m ruff check $(SOURCES)
	$(PYTHON_BIN) -m mypy --strict $(SOURCES)
	.venv/bin/lint-imports --no-cache

bench: dev-environment
	$(PYTHON_BIN) -m pytest -m bench -s tests/benchmarks

soak: dev-environment
	$(PYTHON_BIN) -m pytest -m soak -n auto --hypothesis-profile=random

agents-test: dev-environment
	@sh scripts/agents_test.sh

adapters:
	@sh scripts/adapters_test.sh

bench-adapters:
	@sh scripts/adapters_test.sh --bench

browser-test: dev-environment
	@sh scripts/browser_test.sh

fmt: dev-environment
	$(PYTHON_BIN) -m ruff format $(SOURCES)
	$(PYTHON_BIN) -m ruff check --fix $(SOURCES)

docs: dev-environment
	$(PYTHON_BIN) scripts/write_looks.py
	$(PYTHON_BIN) -m scripts.write_reference

clean:
	rm -rf .venv .venv-3.* .venv-adapters .mypy_cache .pytest_cache .ruff_cache .hypothesis .benchmarks dist
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

run-environment:
	@sh scripts/bootstrap.sh run

dev-environment:
	@sh scripts/bootstrap.sh dev
