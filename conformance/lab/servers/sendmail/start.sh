#!/bin/sh
set -eu
echo '127.0.0.1 mail.test localhost' >/etc/hosts # the first name is the one it believes to have
install -d /etc/ssl/certs
install -o smmta -m 644 /share/server.pem /etc/mail/lab-cert.pem
install -o smmta -m 600 /share/server.key /etc/mail/lab-key.pem
for n in 1 2 3; do
    echo "pass$n" | saslpasswd2 -p -c -u mail.test "user$n"
    su "user$n" -c 'mkdir -m 700 -p ~/Maildir ~/Maildir/cur ~/Maildir/new ~/Maildir/tmp'
done
chown smmta:smmsp /etc/sasldb2
chmod 640 /etc/sasldb2
install -d -o smmta -g smmsp /run/sendmail /run/sendmail/mta /run/sendmail/stampdir

# A client on the loopback is a stranger like any other: only sink.test is relayed to without a password.
m4 /usr/share/sendmail/cf/m4/cf.m4 /lab/sendmail.mc |
    sed '/^SRelay_ok/,/^Strust_auth/{/\$@ RELAY/d}' >/etc/mail/sendmail.cf
newaliases
exec sendmail-mta -bD -q5s
