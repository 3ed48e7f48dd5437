#!/usr/bin/env bash
#
# Runs a command as a job array of a real Slurm on this one machine, waits for it, and leaves nothing behind:
#
#   tests/scale/slurm.sh [-n N] COMMAND…        N jobs, 1 to N; 3 where it is not said
#   tests/scale/slurm.sh -b [-n N] SCRIPT       the same of a batch script, with its own #SBATCH lines
#   tests/scale/slurm.sh -i COMMAND…            runs COMMAND once, beside Slurm, to submit jobs and watch over them itself
#
# COMMAND runs in the folder this is started from, with SLURM_ARRAY_TASK_ID and SLURM_ARRAY_JOB_ID set, like any task of an
# array. What each task wrote is printed when all are done; the exit status is 1 if any task failed.
#
# It needs Debian's slurm-wlm and munge (`apt-get install --no-install-recommends slurm-wlm munge`), and runs their daemons
# as whoever starts it, on free ports of 127.0.0.1, with a key and a configuration of its own in a new temporary folder:
# a Slurm that this machine has already is neither used nor touched.

set -euo pipefail

count=3 batch='' beside=''
while getopts n:bi option; do
  case $option in
    n) count=$OPTARG ;;
    b) batch=1 ;;
    i) beside=1 ;;
    *) exit 2 ;;
  esac
done
shift $((OPTIND - 1))
if [ $# = 0 ]; then
  sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

export PATH=$PATH:/usr/sbin:/sbin
for program in munged mungekey slurmctld slurmd sbatch; do
  command -v $program >/dev/null || { echo "there is no $program: install slurm-wlm and munge" >&2; exit 69; }
done

# Sockets have short names, and munged wants no folder above its own that others may write to, unless told.
work=$(mktemp -d /tmp/slurm.XXXXXX)
processes=()
# Whether all tasks have run: then it is not Slurm that failed.
ran=

finish() {
  local code=$?
  for ((i = ${#processes[@]} - 1; i >= 0; i--)); do
    kill "${processes[i]}" 2>/dev/null || true
    wait "${processes[i]}" 2>/dev/null || true
  done
  if [ "$code" != 0 ] && [ -z "$ran" ]; then
    for log in munged slurmctld slurmd; do
      { cat "$work/$log.out" "$work/$log.log" 2>/dev/null || true; } | tail -n 20 | sed "s/^/$log: /" >&2
    done
  fi
  rm -rf "$work"
}
trap finish EXIT

# Two ports that nobody has at this moment.
free() {
  python3 -c 'import socket; a, b = socket.socket(), socket.socket()
for s in a, b: s.bind(("127.0.0.1", 0))
print(a.getsockname()[1], b.getsockname()[1])'
}
read -r control_port node_port < <(free)

mkdir "$work/state" "$work/spool"
mungekey --create --keyfile="$work/munge.key" >/dev/null
munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.socket" --pid-file="$work/munge.pid" \
  --log-file="$work/munged.log" --seed-file="$work/munge.seed" >"$work/munged.out" 2>&1 &
processes+=($!)

name=$(hostname -s)
cat >"$work/slurm.conf" <<CONFIGURATION
ClusterName=one
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=$control_port
SlurmdPort=$node_port
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
AuthType=auth/munge
# A job that is started again is held for as long as its old credential holds, two minutes unless told.
AuthInfo=socket=$work/munge.socket,cred_expire=5
CryptoType=crypto/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
# No control groups, which need root and systemd; nothing is accounted for.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_min_interval=100000
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName=$name NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$name Default=YES MaxTime=INFINITE OverSubscribe=NO State=UP
CONFIGURATION
export SLURM_CONF=$work/slurm.conf

slurmctld -D -c >"$work/slurmctld.out" 2>&1 &
processes+=($!)
slurmd -D -N "$name" >"$work/slurmd.out" 2>&1 &
processes+=($!)

waits() {
  local what=$1 tries=$2
  shift 2
  until "$@" 2>/dev/null; do
    tries=$((tries - 1))
    if [ $tries -le 0 ]; then
      echo "$what" >&2
      return 1
    fi
    sleep 0.2
  done
}
idle() { [ "$(sinfo --noheader --format=%t)" = idle ]; }
waits 'Slurm did not start within a minute' 300 idle

if [ -n "$beside" ]; then
  ran=1 code=0
  "$@" || code=$?
  exit $code
fi

if [ -n "$batch" ]; then
  id=$(sbatch --parsable --array="1-$count" --output="$work/task-%a.out" --chdir="$PWD" "$@")
else
  id=$(sbatch --parsable --array="1-$count" --output="$work/task-%a.out" --chdir="$PWD" --cpus-per-task=1 \
    --wrap="$(printf '%q ' "$@")")
fi
over() { [ -z "$(squeue --noheader --jobs="$id" --format=%i)" ]; }
waits "job $id is not done after an hour" 18000 over

ran=1

failed=0
for ((task = 1; task <= count; task++)); do
  sed "s/^/task $task: /" "$work/task-$task.out" 2>/dev/null || echo "task $task: no output"
  state=$(scontrol --oneliner show job "${id}_$task" | grep -o 'JobState=[A-Z_]*')
  exit_code=$(scontrol --oneliner show job "${id}_$task" | grep -o ' ExitCode=[0-9:]*')
  if [ "$state" != JobState=COMPLETED ]; then
    echo "task $task failed:$exit_code" >&2
    failed=1
  fi
done
exit $failed
