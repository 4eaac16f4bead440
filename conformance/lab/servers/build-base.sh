#!/bin/sh
# Makes the smallest Debian of one suite, which every server's own layer lies over.
# usage: build-base.sh ROOT SUITE MIRROR [SECURITY-MIRROR]      runs in mount, pid and uts namespaces of its own
set -eu
umask 022
root=$1 suite=$2 mirror=$3 security=${4-}

case $mirror in
https:*) include=netbase,ca-certificates ;;
*) include=netbase ;;
esac
debootstrap --variant=minbase --include="$include" "$suite" "$root" "$mirror"

hostname mail.test              # some packages insist on a name with a dot when they are configured
echo mail.test >"$root/etc/hostname"
echo mail.test >"$root/etc/mailname"
printf '127.0.0.1 localhost mail.test\n::1 localhost\n' >"$root/etc/hosts"
{
    echo "deb $mirror $suite main"
    echo "deb $mirror $suite-updates main"
    if [ -n "$security" ]; then echo "deb $security $suite-security main"; fi
} >"$root/etc/apt/sources.list"

# No daemon starts while packages are installed; nothing is flushed to the disk: a half built root is thrown away.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
printf 'force-unsafe-io\npath-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\n' \
    >"$root/etc/dpkg/dpkg.cfg.d/lab"
printf 'APT::Install-Recommends "false";\nAcquire::Languages "none";\nAcquire::Retries "3";\n' >"$root/etc/apt/apt.conf.d/lab"

mount -t proc proc "$root/proc"
export DEBIAN_FRONTEND=noninteractive
chroot "$root" apt-get -qq update
chroot "$root" apt-get -qq -y upgrade
chroot "$root" apt-get clean

# The users of the lab. A cheap hash: a check logs in hundreds of times and nothing here is worth guarding.
for n in 1 2 3; do
    chroot "$root" useradd --create-home --shell /bin/sh "user$n"
    echo "user$n:pass$n" | chroot "$root" chpasswd --crypt-method SHA256 --sha-rounds 1000
done
chroot "$root" groupadd --gid 5000 vmail
chroot "$root" useradd --uid 5000 --gid vmail --home-dir /srv/mail --create-home --shell /bin/sh vmail
