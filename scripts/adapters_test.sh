#!/bin/sh
# Test the adapters of agent frameworks: install the frameworks in the versions below into
# .venv-adapters, get their own tests from their source packages, and run ours and theirs; with
# --bench print a table of times instead.
# The environment is made again when this script or pyproject.toml has changed.
set -eu

cd "$(dirname "$0")/.."
env=.venv-adapters
python=${PYTHON:-python3}
key="$(pwd -P) $(cat pyproject.toml scripts/adapters_test.sh | cksum)"

# Those whose source packages hold the tests that our tests run.
suites="claude-agent-sdk==0.2.184 langgraph==1.2.22 openai-agents==0.24.0"
# What else the adapters and these tests need.
frameworks="mcp==2.3.0 pydantic-ai-slim==2.68.0 langgraph-checkpoint-conformance==0.0.2
    langgraph-checkpoint-sqlite==3.1.2 langgraph-checkpoint-postgres==3.2.0"
tools="pytest==9.2.0 pytest-asyncio==1.5.0 hypothesis trio==0.35.0 inline-snapshot==0.36.1
    psycopg[binary]==3.3.9 pytest-mock==3.17.0 redis==8.1.0 syrupy==7.0.2 pycryptodome==4.4.0 sqlalchemy==2.1.9"

if ! [ -f "$env/.done" ] || [ "$(cat "$env/.done")" != "$key" ]; then
    echo "adapters: installing into $env" >&2
    rm -rf "$env"
    "$python" -m venv "$env"
    pip="$env/bin/python -m pip --disable-pip-version-check --quiet"
    # shellcheck disable=SC2086
    $pip install -e . $suites $frameworks $tools
    for one in $suites; do
        $pip download --no-deps --no-binary :all: -d "$env/suites" "$one"
    done
    for one in "$env"/suites/*.tar.gz; do
        tar -xzf "$one" -C "$env/suites"
    done
    # The last one that starts on Node 20.
    if ! npm install --prefix "$env/npm" --no-audit --no-fund --loglevel=error \
        @modelcontextprotocol/conformance@0.1.9 >"$env/npm.log" 2>&1; then
        echo "adapters: npm cannot install the MCP suite: it is not run" >&2
    fi
    echo "$key" >"$env/.done"
fi
if [ "${1:-}" = --bench ]; then
    exec "$env/bin/python" scripts/bench_adapters.py
fi
"$env/bin/python" -m pytest -p no:asyncio -m "adapters or not adapters" \
    tests/store/adapters tests/porcelain/exchange/mcp "$@"
