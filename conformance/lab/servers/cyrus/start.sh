#!/bin/sh
set -eu
install -d -o cyrus -g mail /run/cyrus /run/cyrus/proc /run/cyrus/lock /run/cyrus/socket
install -o cyrus -m 644 /share/server.pem /etc/lab-cert.pem
install -o cyrus -m 600 /share/server.key /etc/lab-key.pem

# The realm of a password is the name the server goes by.
remember() { echo "$2" | saslpasswd2 -p -c -u mail.test -f /etc/sasldb2 "$1"; }
remember cyrus cyrus
for n in 1 2 3; do
    remember "user$n" "pass$n"
done
chown cyrus:mail /etc/sasldb2
chmod 640 /etc/sasldb2

exec /usr/sbin/cyrmaster -D -M /etc/cyrus.conf -C /etc/imapd.conf
