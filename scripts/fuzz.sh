#!/usr/bin/env bash
# Fuzzes what reads files and `--set`: scripts/fuzz.sh [SECONDS [TARGET...]], a minute for each of all targets by default.
# With 0 seconds the seeds are run alone, by a build that shares what `cargo test` left in target/. What a target learns stays in
# fuzz/corpus, an input that it fails on in fuzz/artifacts.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60}
shift || true
targets=("$@")
[ "${#targets[@]}" -gt 0 ] || targets=(device config set routing tables requests commands aim)

command -v "${CXX:-c++}" >/dev/null || { echo "skipped: libFuzzer needs a C++ compiler, nothing is fuzzed"; exit 0; }

if [ "$seconds" = 0 ]; then
    cargo build --locked --manifest-path fuzz/Cargo.toml --target-dir target --bins
    bin=target/debug
else
    # In this folder for its flags, which make the compiler count coverage.
    (cd fuzz && cargo build --locked --release --target-dir target --bins)
    bin=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release
fi

TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
"$bin/seeds" "$TMPDIR/seeds"

for target in "${targets[@]}"; do
    seeds=$TMPDIR/seeds/$target
    corpus=fuzz/corpus/$target
    artifacts=fuzz/artifacts/$target
    mkdir -p "$corpus" "$artifacts"
    # Ten seconds and 2 GiB are far more than an input of 16 KiB may take.
    run=("$bin/$target" -timeout=10 -rss_limit_mb=2048 -artifact_prefix="$artifacts/")
    if [ "$seconds" = 0 ]; then
        run+=("$seeds"/*)
        said="$(find "$seeds" -type f | wc -l) seeds"
    else
        run+=(-max_len=16384 -max_total_time="$seconds" -print_final_stats=1 "$corpus" "$seeds")
        said="$seconds s"
    fi
    "${run[@]}" >"$TMPDIR/log" 2>&1 || { tail -40 "$TMPDIR/log"; exit 1; }
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$TMPDIR/log")
    echo "$target: $said${inputs:+, $inputs inputs}, no failure"
done
