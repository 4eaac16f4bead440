#!/bin/sh
set -eu
install -d -o vmail -g vmail /srv/mail

# A mailbox of nobody's in which everybody may do everything.
everyone=/srv/mail/public/.Everyone
install -d -o vmail -g vmail /srv/mail/public "$everyone" "$everyone/cur" "$everyone/new" "$everyone/tmp"
echo 'anyone lrwstipekxa' >"$everyone/dovecot-acl"
chown vmail:vmail "$everyone/dovecot-acl"

exec /usr/sbin/dovecot -F
