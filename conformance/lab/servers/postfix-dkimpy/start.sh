#!/bin/sh
set -eu
for n in 1 2 3; do
    su "user$n" -c 'mkdir -m 700 -p ~/Maildir ~/Maildir/cur ~/Maildir/new ~/Maildir/tmp'
done

install -d -o dkimpy-milter -g dkimpy-milter /run/dkimpy-milter
dkimpy-milter /etc/dkimpy-milter/dkimpy-milter.conf &
while [ ! -S /run/dkimpy-milter/dkimpy-milter.sock ]; do sleep 0.05; done

# Postfix reads a file that is newer than a second or so again and again until it has aged: its start would take two.
touch -d '1 hour ago' /etc/postfix/*

export MAIL_CONFIG=/etc/postfix
postfix check
exec /usr/lib/postfix/sbin/master -s
