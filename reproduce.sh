#!/usr/bin/env bash
# Redoes every stored number, table and picture of the book, builds the site, and compares: what is
# stored must come out again. It needs Python 3.11 to 3.14 and make. `reproduce.sh all` first redoes
# the tables that take longer and that pages read from files: the study, that of
# the Internet (compared but for times and rounding), the counts of rounds, and the searches for unstable play
# and for best replies that cycle.
set -euo pipefail
cd "$(dirname "$0")"
step() {
  local begin=$SECONDS
  make "$1"
  echo "reproduced: make $1 in $((SECONDS - begin)) s"
}
if [ "${1:-}" = all ]; then
  rm -rf chapters/study.csv _build/internet
  step study
  step internet-again
  step rates
  step stability
  step replies
fi
step picture
step notebooks
step test-notebooks
step site
git diff --stat --exit-code
echo "Everything is as it is stored."
