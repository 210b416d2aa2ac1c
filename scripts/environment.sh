# Read by the tests of this folder: the Python of an environment that is made from pinned packages.

# environment NAME REQUIREMENTS MODULES [--install]: sets $python, or says that it skips what needs these modules and ends the script.
environment() {
    local name=$1 requirements=$2 modules=$3 option=${4:-} pinned environment
    pinned=$(sha256sum "$requirements" | cut -c1-12)
    environment=${XDG_CACHE_HOME:-$HOME/.cache}/sieve-sim/$name-$pinned
    python=${PYTHON:-$environment/bin/python}
    if [ -n "$option" ] && [ "$option" != --install ]; then
        echo "error: \`$option\`: the one option is --install" >&2
        exit 2
    fi
    if [ "$option" = --install ] && [ ! -e "$environment/complete" ]; then
        rm -rf "$environment"
        if ! { python3 -m venv "$environment" && "$environment/bin/pip" install --quiet -r "$requirements"; }; then
            rm -rf "$environment"
            echo "skipped: the packages of scripts/$requirements cannot be installed, what needs them is not tested"
            exit 0
        fi
        touch "$environment/complete"
    fi
    if ! "$python" -c "import $modules" 2>/dev/null; then
        echo "skipped: no Python with $modules, what needs them is not tested (scripts/$(basename "$0") --install)"
        exit 0
    fi
}

# Finds the `sieve` that was built last, unless $SIEVE_BIN says which.
find_sieve() {
    local binary
    for binary in ../target/release/sieve ../target/debug/sieve; do
        if [ -z "${SIEVE_BIN:-}" ] && [ -x "$binary" ]; then
            SIEVE_BIN=$(realpath "$binary")
            export SIEVE_BIN
        fi
    done
}
