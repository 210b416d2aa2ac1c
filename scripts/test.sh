#!/usr/bin/env bash
# Tests of the Python scripts, in the environment that `--install` makes or in that of $PYTHON.
# Without either they are skipped: PyTorch and its CUDA libraries are a download of 3 GB.
set -euo pipefail
cd "$(dirname "$0")"
. ./environment.sh

environment scripts requirements-test.txt "numpy, pytest, torch, transformers" "${1:-}"
find_sieve

if "$python" -m ruff --version >/dev/null 2>&1; then
    "$python" -m ruff check .
    "$python" -m ruff format --check .
else
    echo "skipped: ruff is not installed"
fi
"$python" -m pytest --quiet -rs tests
