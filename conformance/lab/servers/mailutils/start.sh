#!/bin/sh
set -eu
install -m 644 /share/server.pem /etc/lab-cert.pem
install -m 600 /share/server.key /etc/lab-key.pem
chmod 1777 /var/mail
for n in 1 2 3; do
    install -o "user$n" -g mail -m 660 /dev/null "/var/mail/user$n"
done
imap4d --config-file=/etc/lab-imap4d.conf &
exec pop3d --config-file=/etc/lab-pop3d.conf
