#!/bin/sh
# Test against the real agents: install Claude Code from npm, and claude-agent-sdk (which has
# another version of the program) from PyPI, and for tests of hooks Codex, Gemini CLI, Qwen Code,
# Copilot CLI, Pi and OpenCode, into a temporary folder, and run tests/agents.
# What cannot be installed is left out, with a line that says so.
set -eu

cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
programs=

say() {
    echo "agents-test: $1"
}

if ! command -v npm >/dev/null 2>&1; then
    say "npm is missing: Claude Code is not tested from there"
elif ! npm install --prefix "$place/npm" --no-audit --no-fund --loglevel=error \
    @anthropic-ai/claude-code >"$place/log" 2>&1; then
    say "npm cannot install @anthropic-ai/claude-code: Claude Code is not tested from there"
else
    found=$(find "$place/npm/node_modules/@anthropic-ai" -type f -name claude -perm -u+x | head -n 1)
    if [ -n "$found" ]; then
        programs=$found
    else
        say "the npm package has no program for this machine"
    fi
fi

AGENTS_SDK=
if .venv/bin/python -m venv "$place/sdk" &&
    "$place/sdk/bin/pip" install -q --disable-pip-version-check claude-agent-sdk \
        >"$place/log" 2>&1; then
    AGENTS_SDK=$place/sdk/bin/python
    found=$(find "$place/sdk/lib" -type f -name claude -perm -u+x | head -n 1)
    [ -z "$found" ] || programs=${programs:+$programs:}$found
else
    say "pip cannot install claude-agent-sdk: it is not tested"
fi

hooked=
if command -v npm >/dev/null 2>&1; then
    for pair in claude=@anthropic-ai/claude-code codex=@openai/codex gemini=@google/gemini-cli \
        qwen=@qwen-code/qwen-code copilot=@github/copilot pi=@mariozechner/pi-coding-agent \
        opencode=opencode-ai; do
        name=${pair%%=*}
        if npm install --prefix "$place/hooked-$name" --no-audit --no-fund --loglevel=error \
            "${pair#*=}" >"$place/log" 2>&1; then
            hooked=${hooked:+$hooked:}$name=$place/hooked-$name/node_modules/.bin/$name
        else
            say "npm cannot install ${pair#*=}: its hook is not tested"
        fi
    done
fi

if [ -z "$programs$AGENTS_SDK" ]; then
    say "skipped: no agent could be installed"
    exit 0
fi
for program in $(echo "$programs" | tr ':' ' '); do
    say "with $("$program" --version)"
done
AGENTS_CLAUDE=$programs AGENTS_SDK=$AGENTS_SDK AGENTS_HOOKED=$hooked \
    .venv/bin/python -m pytest -m "agents or not agents" tests/agents "$@"
