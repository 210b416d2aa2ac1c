#!/usr/bin/env bash
# Builds the wheel of `python/` and tests it in a temporary environment: formatting and lints, pytest with the notebooks, types and stubs.
# Without python3 or the packages of python/requirements-test.txt, a download of 100 MB, it is skipped. What is compiled goes
# to the target folder of the workspace.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "skipped: $*, the Python package is not tested"; exit 0; }

command -v python3 >/dev/null || skip "python3 is not installed"
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || skip "python3 is older than 3.11, which the pinned packages need"

# The tests simulate little, so that compiling fast is worth more than running fast.
export CARGO_PROFILE_RELEASE_LTO=${CARGO_PROFILE_RELEASE_LTO:-off}
export CARGO_PROFILE_RELEASE_OPT_LEVEL=${CARGO_PROFILE_RELEASE_OPT_LEVEL:-1}
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}
SIEVE_BIN=${SIEVE_BIN:-$CARGO_TARGET_DIR/release/sieve}
[ -x "$SIEVE_BIN" ] || { echo "error: $SIEVE_BIN: is not built (cargo build --release, or name it in SIEVE_BIN)" >&2; exit 2; }
SIEVE_BIN=$(realpath "$SIEVE_BIN")
export SIEVE_BIN

run=$(mktemp -d)
trap 'rm -rf "$run"' EXIT
python3 -m venv "$run/venv" || skip "python3 makes no environments"
"$run/venv/bin/pip" install --quiet --disable-pip-version-check -r python/requirements-test.txt ||
    skip "the packages of python/requirements-test.txt cannot be installed"
PATH=$run/venv/bin:$PATH

cd python
cargo fmt --check
cargo clippy --locked -- -D warnings
maturin build --release --locked --out "$run/wheels" --quiet
pip install --quiet --disable-pip-version-check --no-deps "$run"/wheels/sieve_sim-*.whl

ruff check --no-cache .
ruff format --check --no-cache .
# Outside of python/, so that it is the wheel that is tested.
cp -r tests examples pyproject.toml "$run"
cd "$run"
python -m pytest --quiet -rs -p no:cacheprovider
python -m mypy --cache-dir "$run/mypy" tests
MYPY_CACHE_DIR=$run/mypy python -m mypy.stubtest sieve_sim
echo "the wheel gives what the command gives"
