#!/bin/sh
# Run the tests under each Python version that this machine has, in an environment of its own.
#
#     scripts/test_all.sh [arguments for pytest]
#
# A version is looked for on the PATH, among those of pyenv, and with uv, which can download it.
# Versions that are not found are named at the end.
set -u
cd "$(dirname "$0")/.."

works() {
    "$1" -c 'import ensurepip, sys, venv; sys.exit("%d.%d" % sys.version_info[:2] != "'"$2"'")' \
        2>/dev/null
}

find_version() {
    for python in "python$1" "${PYENV_ROOT:-$(pyenv root 2>/dev/null)}"/versions/"$1"*/bin/python; do
        if works "$python" "$1"; then
            echo "$python"
            return
        fi
    done
    if command -v uv >/dev/null 2>&1 && uv python install --quiet "$1" 2>/dev/null; then
        python=$(uv python find "$1" 2>/dev/null) && works "$python" "$1" && echo "$python"
    fi
}

missing=
failed=
for version in 3.11 3.12 3.13 3.14; do
    python=$(find_version "$version")
    if [ -z "$python" ]; then
        missing="$missing $version"
        continue
    fi
    env=".venv-$version"
    PYTHON=$python ENVIRONMENT=$env sh scripts/bootstrap.sh dev || exit 1
    echo "Python $version:"
    "$env/bin/python" -m pytest -n auto "$@" || failed="$failed $version"
done
[ -z "$missing" ] || echo "Not tested, because not found: Python$missing"
[ -z "$failed" ] || { echo "Failed: Python$failed"; exit 1; }
