#!/usr/bin/env bash
# Reads timelines with Perfetto's own message descriptors, in the environment that `--install` makes or in that of $PYTHON.
# Without either they are skipped. The packages are a download of a few MB.
set -euo pipefail
cd "$(dirname "$0")"
. ./environment.sh

environment timelines requirements-timelines.txt "perfetto, pytest" "${1:-}"
find_sieve
if [ -z "${SIEVE_BIN:-}" ]; then
    echo "skipped: no sieve in target/ and none in \$SIEVE_BIN, timelines are not read"
    exit 0
fi
"$python" -m pytest --quiet -rs tests_timelines
