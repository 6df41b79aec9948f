#!/bin/sh
# Makes the buckets and users of MinIO with its own client, mc; a second run changes nothing.
# Reads: MINIO_SERVER (`<host>:<port>`), ROOT_USER; /setup/plan/buckets (lines of `<name> <days locked> <days old versions
# stay>`); /setup/plan/users (a name per line) and /setup/plan/<user>.json, its policy; /setup/keys/root and
# /setup/keys/<user>, a key each; /setup/authority/ca.crt. SETUP_DIR takes the place of /setup.
set -eu
umask 077
setup=${SETUP_DIR:-/setup}
MC_CONFIG_DIR=$(mktemp -d)
trap 'rm -rf "$MC_CONFIG_DIR"' EXIT
root=$(cat "$setup/keys/root")
# Keys go through the environment and standard input, because arguments show in the process list.
MC_HOST_store="https://$ROOT_USER:$root@$MINIO_SERVER"
SSL_CERT_DIR=$setup/authority
export MC_CONFIG_DIR MC_HOST_store SSL_CERT_DIR

mc ready store < /dev/null

while read -r bucket locked old; do
  if [ "$locked" -gt 0 ]; then
    mc mb --ignore-existing --with-lock "store/$bucket" < /dev/null
    mc retention set --default compliance "${locked}d" "store/$bucket" < /dev/null
  else
    mc mb --ignore-existing "store/$bucket" < /dev/null
  fi
  mc version enable "store/$bucket" < /dev/null
  if [ "$old" -gt 0 ]; then
    mc ilm rule import "store/$bucket" << JSON
{"Rules": [{"ID": "old-versions", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": $old}}]}
JSON
  fi
done < "$setup/plan/buckets"

while read -r user; do
  key=$(cat "$setup/keys/$user")
  printf '%s\n%s\n' "$user" "$key" | mc admin user add store
  mc admin policy create store "$user" "$setup/plan/$user.json" < /dev/null
  mc admin policy attach store "$user" --user "$user" < /dev/null
done < "$setup/plan/users"
