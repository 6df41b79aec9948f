#!/usr/bin/env bash
# Tells Elasticsearch where snapshots go and when they are taken. Each request replaces what stood there before, so the
# script can run any number of times.
set -euo pipefail

# Arguments of a process can be read by others in the pod, so the password goes through a file descriptor.
credentials() {
  printf 'user = "%s:%s"\n' "$(<"$CREDENTIALS/username")" "$(<"$CREDENTIALS/password")"
}

put() {
  local path=$1 body=$2 answer status
  answer=$(
    printf '%s' "$body" | curl --silent --show-error --config <(credentials) \
      --proto '=https' --tlsv1.2 --cacert "$AUTHORITY" \
      --retry "$RETRIES" --retry-connrefused --retry-delay "$RETRY_SECONDS" --max-time 600 \
      --request PUT --header 'Content-Type: application/json' --data-binary @- \
      --output - --write-out '\n%{http_code}' "$ELASTICSEARCH$path"
  )
  status=${answer##*$'\n'}
  if [[ $status != 200 ]]; then
    echo "PUT $path: Elasticsearch answered $status: ${answer%$'\n'*}" >&2
    return 1
  fi
  echo "PUT $path: done"
}

# Elasticsearch answers only once every node has written to the repository and read from it.
put "/_snapshot/$REPOSITORY_NAME" "$REPOSITORY"
put "/_slm/policy/$POLICY_NAME" "$POLICY"
