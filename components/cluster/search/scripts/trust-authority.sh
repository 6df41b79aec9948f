#!/usr/bin/env bash
# Makes the Java trust store of the object store's authority: the S3 client of Elasticsearch 7.17 reads nothing else.
set -euo pipefail

rm -f "$TRUST_STORE"
count=0
certificate=
while IFS= read -r line || [[ -n $line ]]; do
  if [[ $line == *'BEGIN CERTIFICATE'* ]]; then
    certificate=
  fi
  certificate+=$line$'\n'
  if [[ $line == *'END CERTIFICATE'* ]]; then
    count=$((count + 1))
    # The password guards no secret: the store holds public certificates.
    printf '%s' "$certificate" | "$KEYTOOL" -importcert -noprompt -alias "authority-$count" \
      -storetype PKCS12 -storepass "$TRUST_STORE_PASSWORD" -keystore "$TRUST_STORE"
  fi
done <"$AUTHORITY"

if [[ $count -eq 0 ]]; then
  echo "$AUTHORITY holds no certificate" >&2
  exit 1
fi
