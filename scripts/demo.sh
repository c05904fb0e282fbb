#!/bin/sh
# The first story: import a transcript, fork it, take the fork back. Everything happens in
# a temporary folder; nothing of the user's is read but the transcript that is named.
#
#     scripts/demo.sh [TRANSCRIPT]
#
# WJ_DEMO_COMMAND names the `wj` to run, by default that of .venv.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd -P)
transcript=${1:-$root/docs/sample/claude-session.jsonl}
wj=${WJ_DEMO_COMMAND:-$root/.venv/bin/wj}

# Not every shell expands it in `make demo TRANSCRIPT=~/...`.
case $transcript in
"~/"*) transcript=$HOME/${transcript#"~/"} ;;
esac
if [ ! -f "$transcript" ] || [ ! -r "$transcript" ]; then
    echo "demo: cannot read the transcript $transcript" >&2
    exit 1
fi
transcript=$(cd "$(dirname "$transcript")" && pwd -P)/$(basename "$transcript")

work=$(mktemp -d "${TMPDIR:-/tmp}/wj-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 141' PIPE
trap 'exit 129' HUP
repository=$work/conversations.git

# Whatever is configured on this machine stays out of the story.
for name in $(env | sed -n 's/^\(WJ_[A-Z_]*\)=.*/\1/p; s/^\(GIT_[A-Z_]*\)=.*/\1/p'); do
    unset "$name"
done
HOME=$work/home
XDG_CONFIG_HOME=$HOME/.config
XDG_DATA_HOME=$HOME/.local/share
XDG_CACHE_HOME=$HOME/.cache
GIT_CONFIG_NOSYSTEM=1
GIT_CONFIG_GLOBAL=/dev/null
WJ_USER="Demo"
WJ_EMAIL="demo@example.org"
WJ_PAGER=cat
export HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME
export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL WJ_USER WJ_EMAIL WJ_PAGER
mkdir -p "$HOME"
cd "$work"

say() {
    printf '\n# %s\n' "$1"
}

# Shows the command as one would type it, then runs it on the demo's repository.
run() {
    printf '$ wj'
    for word in "$@"; do
        case $word in
        *[!A-Za-z0-9_./@:=+-]* | '') printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    "$wj" "$@"
}

say "A new repository: a bare git repository, in a temporary folder"
printf '$ wj init conversations.git\n'
"$wj" init conversations.git
WJ_REPO=$repository
export WJ_REPO

say "Import a conversation: one change for each turn"
run import "$transcript"
run log

# The change two turns before the last one, or the first where there are fewer.
changes=$("$wj" log -r '::@ ~ root()' --no-graph -T 'change_id.shortest(4) ++ "\n"')
change=$(printf '%s\n' "$changes" | sed -n 3p)
if [ -z "$change" ]; then
    change=$(printf '%s\n' "$changes" | sed -n '$p')
fi

say "Go back two turns and take another way from there"
run fork "$change" try-b
run append -m "another way"
run log

say "It was a bad idea: take both steps back, then the fork forward again"
run undo
run undo
run redo

say "Every operation is on record"
run op log

say "Look around"
run show
run status
run session list
run leaves
run lineage
run children "$change"
