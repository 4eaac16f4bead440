#!/bin/sh
set -eu
touch /etc/mime.types
exec apache2 -D FOREGROUND -f /etc/apache2/apache2.conf
