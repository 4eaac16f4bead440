#!/bin/sh
set -eu
/lab/backend &
exec /usr/sbin/nginx
