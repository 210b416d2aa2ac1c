#!/usr/bin/env bash
# A sweep through the job arrays of a one-node Slurm, with one task killed, against the same sweep on this machine: the same bytes.
# The Slurm lives in a temporary folder and ends with the script. Without Slurm, or without the rights that its daemons need, the
# test is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

skip() { echo "skipped: $*, sweeps through Slurm are not tested"; exit 0; }

for command in sbatch squeue scancel munged slurmctld slurmd; do
    command -v "$command" >/dev/null || skip "$command is not installed (apt-get install slurm-wlm munge)"
done
[ "$(id -u)" = 0 ] || skip "the daemons of Slurm are started as root"
! { pgrep -x slurmctld || pgrep -x munged; } >/dev/null || skip "a Slurm or munge runs here already"
id munge >/dev/null 2>&1 || skip "there is no user munge"

sieve=${SIEVE_BIN:-target/release/sieve}
[ -x "$sieve" ] || { echo "error: $sieve: is not built (cargo build --release, or name it in SIEVE_BIN)" >&2; exit 2; }
sieve=$(realpath "$sieve")

run=$(mktemp -d)
chmod 755 "$run"
stop() {
    for daemon in d ctld munge; do
        if [ -s "$run/$daemon.pid" ]; then kill "$(cat "$run/$daemon.pid")" 2>/dev/null || true; fi
    done
    sleep 1
    rm -rf "$run"
}
trap stop EXIT

# munge: a key, a socket and a log of its own.
install -d -o munge -g munge -m 755 "$run/munge"
install -d -o munge -g munge -m 700 "$run/munge/private"
head -c 1024 /dev/urandom >"$run/munge/private/key"
chown munge:munge "$run/munge/private/key"
chmod 400 "$run/munge/private/key"
touch "$run/munge.pid" && chown munge "$run/munge.pid"
as_munge() { setpriv --reuid munge --regid munge --clear-groups "$@"; }
as_munge munged --socket="$run/munge/socket" --key-file="$run/munge/private/key" --pid-file="$run/munge/munge.pid" \
    --log-file="$run/munge/private/log" --seed-file="$run/munge/private/seed"
ln -sf munge/munge.pid "$run/munge.pid"

mkdir "$run/state" "$run/spool"
cat >"$run/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$(hostname)(127.0.0.1)
SlurmctldPort=26817
SlurmdPort=26818
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$run/munge/socket
StateSaveLocation=$run/state
SlurmdSpoolDir=$run/spool
SlurmctldPidFile=$run/ctld.pid
SlurmdPidFile=$run/d.pid
SlurmctldLogFile=$run/ctld.log
SlurmdLogFile=$run/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
NodeName=$(hostname) NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 State=UNKNOWN
PartitionName=main Nodes=$(hostname) Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$run/slurm.conf
slurmctld -f "$SLURM_CONF"
slurmd -f "$SLURM_CONF"

await() { # SECONDS, what is waited for, command...
    local seconds=$1 what=$2
    shift 2
    for _ in $(seq "$((seconds * 5))"); do
        if "$@"; then return; fi
        sleep 0.2
    done
    echo "error: no $what within $seconds s" >&2
    tail -n 20 "$run"/*.log >&2 || true
    exit 1
}
idle() { [ "$(sinfo --noheader --format=%T)" = idle ]; }
queue_is_empty() { [ -z "$(squeue --noheader)" ]; }
points() { find "$1/points" -name '*.json' | wc -l; }

await 30 "idle node" idle

cd "$run"
cat >small.ron <<'SWEEP'
(
    level: replay(model: "qwen3-30b-a3b", method: "sieve", batch: 16),
    set: {"run.steps": 1, "run.warmup_steps": 1},
    axes: [
        {"timing.tFAW": [12, 24, 36, 48, 60]},
        {"pim.activation": [per_bank, ganged(4), ganged(5), all_bank]},
        {"pim.refresh": [none, all_bank]},
    ],
)
SWEEP

"$sieve" sweep run small.ron --out here --threads 2 --json
"$sieve" sweep merge here --out here.csv

submit() { "$sieve" sweep submit small.ron --out there --engine slurm --tasks 4 --partition main --time 10 --json; }
first=$(submit)
echo "$first"
job=$(grep -o '"job": "[0-9]*"' <<<"$first" | tr -dc 0-9)
# A task with some of its points finished is killed; what is still queued is not submitted again.
some_are_finished() { [ "$(points there)" -ge 2 ]; }
await 60 "finished points" some_are_finished
scancel --signal=KILL --full "${job}_1"
"$sieve" sweep status there
await 120 "end of the array" queue_is_empty
"$sieve" sweep status there
killed=$(points there)
if [ "$killed" -ge "$(points here)" ]; then
    echo "error: the killed task had finished all of its points" >&2
    exit 1
fi
if "$sieve" sweep merge there --out there.csv; then
    echo "error: an unfinished sweep was merged" >&2
    exit 1
fi

second=$(submit)
echo "$second"
grep -A1 '"tasks"' <<<"$second" | tr -d ' \n' | grep -qx '"tasks":\[1' || { echo "error: not the killed task alone was sent again" >&2; exit 1; }
await 120 "end of the array" queue_is_empty
submit | grep -q '"job": null' || { echo "error: a finished sweep was sent again" >&2; exit 1; }
"$sieve" sweep merge there --out there.csv
cmp here.csv there.csv
echo "a sweep through Slurm, one of 4 tasks killed with $killed of $(points here) points finished and sent again: the same bytes"
