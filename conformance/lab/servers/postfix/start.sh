#!/bin/sh
set -eu
cat /lab/line-ends.cf >>/etc/postfix/main.cf

for n in 1 2 3; do
    echo "pass$n" | saslpasswd2 -p -c -u mail.test "user$n"
    su "user$n" -c 'mkdir -m 700 -p ~/Maildir ~/Maildir/cur ~/Maildir/new ~/Maildir/tmp'
done
chown root:postfix /etc/sasldb2
chmod 640 /etc/sasldb2

# Postfix reads a file that is newer than a second or so again and again until it has aged: its start would take two.
touch -d '1 hour ago' /etc/postfix/*

export MAIL_CONFIG=/etc/postfix
postfix check
exec /usr/lib/postfix/sbin/master -s
