#!/bin/sh
set -eu
cd /etc/courier
for settings in /lab/settings/*; do
    cat "$settings" >>"${settings##*/}"
done

echo mail.test >me
echo mail.test >defaultdomain
printf 'localhost\nmail.test\n' >locals
printf 'mail.test\nlocalhost\n' >esmtpacceptmailfor.dir/lab
: >smtpaccess/default

install -d -o courier -g courier /run/courier /run/courier/authdaemon
install -d -o vmail -g vmail /srv/mail
umask 077
for n in 1 2 3; do
    home=/srv/mail/user$n
    install -d -o vmail -g vmail "$home"
    su vmail -c "maildirmake $home/Maildir"
    printf 'user%s\tuid=5000|gid=5000|home=%s|mail=%s/Maildir\n' "$n" "$home" "$home"
done >userdb
makeuserdb
umask 022

makealiases
makeacceptmailfor
makesmtpaccess
authdaemond start
courierfilter start
courier start
esmtpd start
