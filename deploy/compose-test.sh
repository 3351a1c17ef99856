#!/usr/bin/env bash
# Builds the images, starts the whole stack with three workers behind nginx, trains through it, looks at a board in its own
# origin, waits until every container is healthy, and takes it down again.
# Needs a Docker engine, compose, and Chromium; base images can be named by PYTHON_IMAGE and NODE_IMAGE.
set -euo pipefail
cd "$(dirname "$0")/.."
export COMPOSE_PROJECT_NAME=horngate-test HORNGATE_PORT=${HORNGATE_PORT:-18000} HORNGATE_TLS_PORT=${HORNGATE_TLS_PORT:-18443}
export HORNGATE_PUBLIC_URL=https://horngate.example.org HORNGATE_BOARDS_ORIGIN=https://boards.example.org # as in nginx.conf
if docker compose version >/dev/null 2>&1; then compose=(docker compose); else compose=(docker-compose); fi
compose+=(-f docker-compose.yml -f deploy/compose-test.yml)

finish() {
  status=$?
  if [ "$status" -ne 0 ]; then "${compose[@]}" ps; "${compose[@]}" logs --tail 40; fi
  "${compose[@]}" down --volumes --timeout 25
  exit "$status"
}
trap finish EXIT

"${compose[@]}" build
"${compose[@]}" up -d --scale worker=3
key=$("${compose[@]}" run --rm --no-deps -T api cat /var/lib/horngate/admin.key)
.venv/bin/python deploy/compose_test.py "http://127.0.0.1:$HORNGATE_PORT" "$key"
.venv/bin/python -m deploy.compose_boards "http://127.0.0.1:$HORNGATE_PORT" "$key" "$HORNGATE_TLS_PORT"

for _ in $(seq 60); do
  health=$(docker ps --filter "label=com.docker.compose.project=$COMPOSE_PROJECT_NAME" --format '{{.Names}} {{.Status}}')
  if [ "$(grep -c '(healthy)' <<<"$health")" -eq 8 ]; then echo "all eight containers are healthy"; exit 0; fi
  sleep 2
done
echo "not every container became healthy:"; echo "$health"; exit 1
