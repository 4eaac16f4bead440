#!/bin/sh
set -eu
PATH=/opt/npm/node_modules/.bin:$PATH
haraka -i /etc/haraka >/dev/null
cp -r /lab/config /lab/plugins /etc/haraka
echo mail.test >/etc/haraka/config/me
for n in 1 2 3; do
    mkdir -p "/srv/mail/user$n/Maildir/cur" "/srv/mail/user$n/Maildir/new" "/srv/mail/user$n/Maildir/tmp"
done

# What Haraka would make at its first start takes it a minute.
openssl genpkey -quiet -genparam -algorithm DH -pkeyopt group:ffdhe2048 -out /etc/haraka/config/dhparams.pem
exec haraka -c /etc/haraka
