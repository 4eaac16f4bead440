#!/bin/sh
set -eu
install -D -m 644 /share/ca.pem /etc/ssl/certs/ca-certificates.crt # smtpd does not start without one
install -m 644 /share/server.pem /etc/lab-cert.pem
install -m 600 /share/server.key /etc/lab-key.pem
for n in 1 2 3; do
    hash=$(smtpctl encrypt "pass$n")
    echo "user$n $hash"
    echo "user$n@mail.test $hash"
    su "user$n" -c 'mkdir -m 700 -p ~/Maildir ~/Maildir/cur ~/Maildir/new ~/Maildir/tmp'
done >/etc/lab-passwords
install -d -m 711 /var/spool/smtpd

# A message that was refused for now would wait for minutes, and no setting says otherwise.
while sleep 5; do
    smtpctl schedule all
done >/dev/null &

exec smtpd -F -f /etc/smtpd.conf
