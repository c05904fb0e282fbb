#!/bin/sh
# Make .venv and install the project into it: what it needs to run, or with `dev` what its
# tests and checks need as well. Does nothing when that is done already for this
# pyproject.toml, this script and this folder (an environment cannot be moved).
#
#     scripts/bootstrap.sh [run|dev]
#
# PYTHON names the interpreter to start from; without it the first of python3, python3.14,
# ... python3.11 that is new enough. Where it has no venv module, uv or virtualenv does it.
# ENVIRONMENT names another folder than .venv.
set -eu

want=${1:-run}
cd "$(dirname "$0")/.."
env=${ENVIRONMENT:-.venv}

fail() {
    echo "wajutsu: $1" >&2
    exit 1
}

key="$(pwd -P) $(cat pyproject.toml scripts/bootstrap.sh | cksum)"

is_done() {
    [ -f "$env/.wajutsu-$1" ] && [ "$(cat "$env/.wajutsu-$1")" = "$key" ] &&
        "$env/bin/python" -c 'pass' 2>/dev/null
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        if command -v "$name" >/dev/null 2>&1 && is_new_enough "$name"; then
            command -v "$name"
            return
        fi
    done
}

# Prints nothing when all goes well.
quietly() {
    log=$("$@" 2>&1) || {
        echo "$log" >&2
        return 1
    }
}

make_environment() {
    python=$(find_python)
    if [ -n "$python" ] && "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        quietly "$python" -m venv --clear "$env"
    elif command -v uv >/dev/null 2>&1; then
        rm -rf "$env"
        quietly uv venv --seed --python "${python:->=3.11}" "$env" ||
            fail "uv could not make an environment with Python 3.11 or newer: install python3"
    elif [ -z "$python" ]; then
        fail "Python 3.11 or newer is needed: install it, or uv, or set PYTHON to its path"
    elif command -v virtualenv >/dev/null 2>&1; then
        quietly virtualenv --clear --python "$python" "$env"
    elif "$python" -c 'import virtualenv' 2>/dev/null; then
        quietly "$python" -m virtualenv --clear "$env"
    else
        fail "$python has no venv module: install python3-venv, uv or virtualenv"
    fi
}

case $want in
run) if is_done run || is_done dev; then exit 0; fi ;;
dev) if is_done dev; then exit 0; fi ;;
*) fail "usage: scripts/bootstrap.sh [run|dev]" ;;
esac

if ! "$env/bin/python" -m pip --version >/dev/null 2>&1 || ! is_new_enough "$env/bin/python"; then
    echo "wajutsu: making $env" >&2
    make_environment
fi

extra=
if [ "$want" = dev ]; then
    extra='[dev]'
fi
echo "wajutsu: installing into $env" >&2
quietly "$env/bin/python" -m pip install --disable-pip-version-check --quiet -e ".$extra" ||
    fail "the installation failed, see above"
rm -f "$env/.wajutsu-run" "$env/.wajutsu-dev"
echo "$key" >"$env/.wajutsu-$want"
