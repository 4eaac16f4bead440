#!/bin/sh
set -eu
for n in 1 2 3; do
    su "user$n" -c 'mkdir -m 700 -p ~/Maildir ~/Maildir/cur ~/Maildir/new ~/Maildir/tmp'
done
install -o Debian-exim -m 644 /share/server.pem /etc/exim4/server.pem
install -o Debian-exim -m 600 /share/server.key /etc/exim4/server.key
exec exim4 -bdf -q5s
