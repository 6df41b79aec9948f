#!/bin/bash
# Whether the container may go on: asked by the kubelet, which stops it for good (SIGTERM first) after several times no.
#
# No, when metrics are not answered: fluentd hangs. No, when the certificate has been renewed: fluentd reads it only when
# it starts. Pods with an even number then go in even tens of minutes and the others in odd ones, so never all at once.
#
# $1: port of the metrics; $2: the certificate as it is now; $3: the certificate that was there at the start.
set -euo pipefail

exec 3<>"/dev/tcp/127.0.0.1/$1"
printf 'GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&3
read -r -t 8 answer <&3
if [[ $answer != "HTTP/1."?" 200"* ]]; then
  echo "metrics: $answer"
  exit 1
fi

cmp -s "$2" "$3" && exit 0
ten=$(date +%-M)
if ((ten / 10 % 2 == ${HOSTNAME##*-} % 2)); then
  echo "the certificate has been renewed"
  exit 1
fi
