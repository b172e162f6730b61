#!/bin/sh
# Apache in this folder, in the foreground. Ctrl-C ends it.
set -eu
SITE=$(cd "$(dirname "$0")" && pwd)
PORT=${PORT:-9505}
ISSUER=${ISSUER:-http://localhost:9500}
MODULES=${MODULES:-/usr/lib/apache2/modules}
STATIC_SITE_PASSPHRASE=${STATIC_SITE_PASSPHRASE:-$(head -c 32 /dev/urandom | base64)}
export SITE PORT ISSUER MODULES STATIC_SITE_PASSPHRASE
mkdir -p "$SITE/run"
exec /usr/sbin/apache2 -f "$SITE/apache.conf" -D FOREGROUND
