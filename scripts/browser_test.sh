#!/bin/sh
# Test the page in headless Chromium, `wj browse` and a session of bash in tmux: install what is missing (Chromium and
# tmux as Debian's packages, where this user may install them; Playwright and axe-core from PyPI)
# and run the tests marked `browser`. What cannot be installed is left out, with a line that says so.
set -eu

cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT

say() {
    echo "browser-test: $1"
}

missing=
for name in chromium tmux; do
    command -v "$name" >/dev/null 2>&1 || missing="$missing $name"
done
if [ -n "$missing" ]; then
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
        say "missing:$missing (Debian's packages of these names)"
    elif ! { apt-get update -q && apt-get install -y -q --no-install-recommends $missing fonts-dejavu-core; } \
        >"$log" 2>&1; then
        say "apt-get cannot install$missing"
    fi
fi
if ! .venv/bin/python -c 'import playwright, axe_playwright_python, textual' 2>/dev/null &&
    ! .venv/bin/python -m pip install -q --disable-pip-version-check -e '.[browser,tui]' >"$log" 2>&1; then
    say "pip cannot install Playwright, axe-core or Textual"
fi
.venv/bin/python -m pytest -m browser tests/porcelain/exchange/page tests/porcelain/cli/commands/look \
    tests/porcelain/cli/render "$@"
