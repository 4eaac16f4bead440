#!/bin/sh
set -eu
install -d -o vmail -g vmail /srv/mail
exec /usr/sbin/dovecot -F
