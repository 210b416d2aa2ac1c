#!/usr/bin/env bash
# Tests of the Python scripts, in the environment that `--install` makes or in that of $PYTHON.
# Without either they are skipped: PyTorch and its CUDA libraries are a download of 3 GB.
set -euo pipefail
cd "$(dirname "$0")"

pinned=$(sha256sum requirements-test.txt | cut -c1-12)
environment=${XDG_CACHE_HOME:-$HOME/.cache}/sieve-sim/scripts-$pinned
python=${PYTHON:-$environment/bin/python}

if [ "${1:-}" = --install ] && [ ! -e "$environment/complete" ]; then
    rm -rf "$environment"
    if ! { python3 -m venv "$environment" && "$environment/bin/pip" install --quiet -r requirements-test.txt; }; then
        rm -rf "$environment"
        echo "skipped: the packages of scripts/requirements-test.txt cannot be installed, the Python scripts are not tested"
        exit 0
    fi
    touch "$environment/complete"
elif [ -n "${1:-}" ] && [ "$1" != --install ]; then
    echo "error: \`$1\`: the one option is --install" >&2
    exit 2
fi

if ! "$python" -c 'import numpy, pytest, torch, transformers' 2>/dev/null; then
    echo "skipped: no Python with PyTorch and Transformers, the Python scripts are not tested (scripts/test.sh --install)"
    exit 0
fi

for binary in ../target/release/sieve ../target/debug/sieve; do
    if [ -z "${SIEVE_BIN:-}" ] && [ -x "$binary" ]; then
        SIEVE_BIN=$(realpath "$binary")
        export SIEVE_BIN
    fi
done

if "$python" -m ruff --version >/dev/null 2>&1; then
    "$python" -m ruff check .
    "$python" -m ruff format --check .
else
    echo "skipped: ruff is not installed"
fi
"$python" -m pytest --quiet -rs tests
