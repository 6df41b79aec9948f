#!/bin/sh
# Makes the buckets of the object store over its S3 interface; a second run changes nothing.
# Reads: S3_ENDPOINT, S3_REGION; /setup/plan/buckets (lines of `<name> <days locked> <days old versions stay>`);
# /setup/keys/{access_key_id,secret_access_key}; /setup/authority/ca.crt. SETUP_DIR takes the place of /setup.
set -eu
umask 077
setup=${SETUP_DIR:-/setup}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The keys go through a file that only this process reads, because arguments show in the process list.
id=$(cat "$setup/keys/access_key_id")
secret=$(cat "$setup/keys/secret_access_key")
printf 'user = "%s:%s"\n' "$id" "$secret" > "$work/curl"

# put <path and query> <statuses that are fine> [curl argument ...]: the body is read from standard input
put() {
  target=$1 fine=$2
  shift 2
  cat > "$work/body"
  # Versions of curl differ in what they sign of a body unless its digest is given.
  digest=$(sha256sum < "$work/body" | cut -d ' ' -f 1)
  status=$(curl --silent --show-error --config "$work/curl" --aws-sigv4 "aws:amz:$S3_REGION:s3" \
    --cacert "$setup/authority/ca.crt" --proto '=https' --tlsv1.2 \
    --connect-timeout 10 --max-time 60 --retry "${S3_RETRIES:-30}" --retry-delay 2 --retry-connrefused \
    --output "$work/answer" --write-out '%{http_code}' --request PUT --data-binary "@$work/body" \
    --header "x-amz-content-sha256: $digest" --header 'Content-Type: application/xml' "$@" "$S3_ENDPOINT/$target")
  case " $fine " in
    *" $status "*) ;;
    *)
      echo "PUT $target: status $status, expected $fine" >&2
      cat "$work/answer" >&2
      exit 1
      ;;
  esac
}

while read -r bucket locked old; do
  # 409: the bucket is there; that it is as wanted is what the next requests make sure of.
  if [ "$locked" -gt 0 ]; then
    put "$bucket" '200 409' --header 'x-amz-bucket-object-lock-enabled: true' < /dev/null
  else
    put "$bucket" '200 409' < /dev/null
  fi
  put "$bucket?versioning=" 200 << XML
<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>Enabled</Status></VersioningConfiguration>
XML
  if [ "$locked" -gt 0 ]; then
    put "$bucket?object-lock=" 200 << XML
<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>$locked</Days></DefaultRetention></Rule></ObjectLockConfiguration>
XML
  fi
  if [ "$old" -gt 0 ]; then
    put "$bucket?lifecycle=" 200 << XML
<LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Rule><ID>old-versions</ID><Status>Enabled</Status><Filter><Prefix></Prefix></Filter><NoncurrentVersionExpiration><NoncurrentDays>$old</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>
XML
  fi
  echo "bucket $bucket is as planned"
done < "$setup/plan/buckets"
