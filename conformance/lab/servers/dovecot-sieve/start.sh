#!/bin/sh
set -eu
install -d -o vmail -g vmail /srv/mail
sievec /etc/dovecot/sieve/vacation.sieve
for user in user1 user2 user3 vacation; do
    install -d -o vmail -g vmail "/srv/mail/$user"
done
exec /usr/sbin/dovecot -F
