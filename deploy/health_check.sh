#!/bin/sh
# Says of each listener whether it answers. Exit code 0: all do; 1: one of them is not ready; 3: the server cannot be reached.
#
#   deploy/health_check.sh [--quiet]
#
# SERVER_URL, UI_URL, ALERTMANAGER_URL, LOKI_URL and TEMPO_URL say where they are; `off` leaves one out.
set -eu

quiet=
case ${1:-} in
  '') ;;
  --quiet) quiet=yes ;;
  *)
    echo "health_check.sh: $1 is not known: [--quiet]" >&2
    exit 2
    ;;
esac

code=0
check() {
  name=$1 url=$2 page=$3
  [ "$url" = off ] && return 0
  status=$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$url$page" || true)
  case $status in
    200) said=ready ;;
    000) said='nothing answers' ;;
    *) said="not ready ($status)" ;;
  esac
  [ -n "$quiet" ] || printf '%-14s %-30s %s\n' "$name" "$url" "$said"
  case $status in
    200) ;;
    000) if [ "$name" = server ]; then code=3; elif [ $code -eq 0 ]; then code=1; fi ;;
    *) [ $code -ne 0 ] || code=1 ;;
  esac
}

check server "${SERVER_URL:-http://127.0.0.1:9090}" /-/ready
check 'web UI' "${UI_URL:-http://127.0.0.1:3000}" /api/health
check alertmanager "${ALERTMANAGER_URL:-http://127.0.0.1:9093}" /-/ready
check loki "${LOKI_URL:-http://127.0.0.1:3100}" /ready
check tempo "${TEMPO_URL:-http://127.0.0.1:3200}" /ready
exit $code
