#!/bin/bash
#SBATCH --job-name=bonafide
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#
# One night's site, built and published by a job array. Start it as a program; it submits itself:
#
#   docs/scale/slurm.sh 16 /shared/site
#
# submits 16 shards of the site in /shared/site, a folder that all nodes see. site.yaml says where to publish to; the login
# is in the environment it is started with. A shard that failed is run again alone, within the same run:
#
#   scontrol requeue JOB_7

set -euo pipefail

if [ -z "${SLURM_ARRAY_TASK_ID:-}" ]; then
  SHARDS=$1 SITE=$2
  # All shards have to be of one moment; they do not start together.
  AT=$(date -u +%Y-%m-%dT%H:%M:%SZ)
  export SHARDS SITE AT
  exec sbatch --array="1-$SHARDS" "$0"
fi

# Each shard has a folder of its own; it is worth keeping until the next night.
out=${OUT:-$SITE/.shards}/$SLURM_ARRAY_TASK_ID
mkdir -p "$(dirname "$out")"

bonafide build --site "$SITE" --out "$out" --at "$AT" --shard "$SLURM_ARRAY_TASK_ID/$SHARDS"
# Whichever task sees that all shards are up ends the night: lists, deletes, the record.
bonafide publish --site "$SITE" --out "$out" --shard "$SLURM_ARRAY_TASK_ID/$SHARDS" --run "${RUN:-slurm-$SLURM_ARRAY_JOB_ID}"
