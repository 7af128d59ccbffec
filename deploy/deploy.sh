#!/bin/sh
# Puts Vedette to work on this machine and waits until it is ready.
#
#   deploy/deploy.sh                  in a container, reachable from this machine only (deploy/compose/development.yml)
#   deploy/deploy.sh production       in a container with limits (deploy/compose/production.yml)
#   deploy/deploy.sh host [ARG…]      as a service of systemd: vedette install ARG…, as root
#
# COMPOSE names the program (default: docker compose, or docker-compose), VEDETTE the one of `host` (default: bin/vedette of this
# checkout), WAIT_SECONDS how long the server may take (default: 120).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
target=${1:-development}
[ $# -eq 0 ] || shift

compose() {
  if [ -n "${COMPOSE:-}" ]; then
    # shellcheck disable=SC2086 # It may hold arguments.
    $COMPOSE "$@"
  elif docker compose version >/dev/null 2>&1; then
    docker compose "$@"
  elif command -v docker-compose >/dev/null 2>&1; then
    docker-compose "$@"
  else
    echo "deploy.sh: neither docker compose nor docker-compose is here; deploy/deploy.sh host needs none" >&2
    exit 1
  fi
}

case $target in
  development)
    compose -f "$here/compose/development.yml" up -d --build
    ;;
  production)
    compose -f "$here/compose/production.yml" config -q
    # The image is built here unless another one is named.
    [ -n "${VEDETTE_IMAGE:-}" ] || compose -f "$here/compose/development.yml" build
    compose -f "$here/compose/production.yml" up -d
    # That file publishes neither.
    export ALERTMANAGER_URL=off TEMPO_URL=off
    ;;
  host)
    "${VEDETTE:-$here/../bin/vedette}" install "$@"
    ;;
  *)
    echo "deploy.sh: $target is not known: development, production or host" >&2
    exit 2
    ;;
esac

waited=0
until "$here/health_check.sh" --quiet; do
  if [ "$waited" -ge "${WAIT_SECONDS:-120}" ]; then
    echo "deploy.sh: it is not ready after $waited s:" >&2
    "$here/health_check.sh" >&2 || true
    exit 1
  fi
  sleep 1
  waited=$((waited + 1))
done
exec "$here/health_check.sh"
