#!/bin/sh
set -eu
# Courier waits half a minute for a name server that is not there; a broadcast is refused at once.
echo 'nameserver 255.255.255.255' >/etc/resolv.conf

cd /etc/courier
for settings in /lab/settings/*; do
    cat "$settings" >>"${settings##*/}"
done
cat /share/server.key /share/server.pem >lab.pem
chown courier:courier lab.pem
chmod 600 lab.pem

echo mail.test >me
echo mail.test >defaultdomain
printf 'localhost\nmail.test\n' >locals
echo '"Courier" <mailer-daemon@mail.test>' >dsnfrom
echo 20480000 >sizelimit
# A client on the loopback is a stranger like any other: only sink.test is relayed to without a password.
printf 'mail.test\nlocalhost\nsink.test\n' >esmtpacceptmailfor.dir/lab
printf '127.0.0.1\tallow\n' >smtpaccess/default

# A refused message is tried again every five seconds; what nobody listens for is soon given up.
echo 5s >retryalpha
echo 10000 >retrybeta
echo 0 >esmtpdelay
echo 5s >queuefill
echo 10m >queuetime
# Without this folder it does not remember, and refuse for hours, the addresses it could not hand mail on to.
rmdir /var/lib/courier/track
# No connection is kept for the next message.
echo 0 >esmtptimeoutkeepalive

install -d -o courier -g courier /run/courier /run/courier/authdaemon
install -d -o vmail -g vmail /srv/mail
umask 077
for n in 1 2 3; do
    home=/srv/mail/user$n
    install -d -o vmail -g vmail "$home"
    su vmail -c "maildirmake $home/Maildir"
    printf 'user%s\tuid=5000|gid=5000|home=%s|mail=%s/Maildir' "$n" "$home" "$home"
    printf '|systempw=%s' "$(echo "pass$n" | userdbpw -md5)"
    for scheme in hmac-md5 hmac-sha1 hmac-sha256; do
        printf '|%spw=%s' "$scheme" "$(echo "pass$n" | userdbpw "-$scheme")"
    done
    echo
done >userdb
makeuserdb
umask 022

makealiases
makeacceptmailfor
makesmtpaccess
authdaemond start
courierfilter start
courier start
for daemon in esmtpd esmtpd-msa esmtpd-ssl; do
    "$daemon" start
done
