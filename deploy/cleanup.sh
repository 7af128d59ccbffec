#!/bin/sh
# Removes what deploy.sh has made.
#
#   deploy/cleanup.sh                     the container, and what was built in this checkout; data stays
#   deploy/cleanup.sh --data --yes        the volume with all data as well
#   deploy/cleanup.sh host [ARG…]         the service: vedette uninstall ARG… (--purge --yes removes its data)
#
# COMPOSE and VEDETTE as for deploy.sh; COMPOSE_FILES names the files (default: both of deploy/compose that deploy.sh uses).
set -eu

here=$(cd "$(dirname "$0")" && pwd)

if [ "${1:-}" = host ]; then
  shift
  exec "${VEDETTE:-$here/../bin/vedette}" uninstall "$@"
fi

data= yes=
for word in "$@"; do
  case $word in
    --data) data=yes ;;
    --yes) yes=yes ;;
    *)
      echo "cleanup.sh: $word is not known: [--data --yes], or host" >&2
      exit 2
      ;;
  esac
done
if [ -n "$data" ] && [ -z "$yes" ]; then
  echo 'cleanup.sh: --data removes all metrics, logs, traces and dashboards for ever: say so with --yes' >&2
  exit 2
fi

if [ -n "${COMPOSE:-}" ]; then
  compose=$COMPOSE
elif docker compose version >/dev/null 2>&1; then
  compose='docker compose'
elif command -v docker-compose >/dev/null 2>&1; then
  compose=docker-compose
else
  compose=
fi

if [ -n "$compose" ]; then
  for file in ${COMPOSE_FILES:-$here/compose/development.yml $here/compose/production.yml}; do
    # shellcheck disable=SC2086 # Both may hold several words.
    $compose -f "$file" down --remove-orphans ${data:+--volumes} || failed=yes
  done
else
  echo 'cleanup.sh: there is no docker compose here, so no container is removed' >&2
fi
if [ -e "$here/../src" ]; then rm -rf "$here/../dist"; fi
[ -z "${failed:-}" ]
