#!/bin/sh
# The first process of a guest kernel. Its root is the host's file system; it must not write there. So it lays memory over
# it (overlayfs), moves into that, and runs the command. The folder that this file lies in is what both sides see:
#   command   what to run          write    directories that the guest may change, one a line
#   modules   the kernel's modules status   (written here) the exit status
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
folder=${0%/*}

lay_memory_over_the_host() {
  mount -t proc proc /proc
  release=$(uname -r)
  modules=$(readlink "$folder/modules")/$release
  # By file: modprobe looks where the host has no modules of this kernel.
  if ! grep -qw overlay /proc/filesystems; then insmod "$modules"/kernel/fs/overlayfs/overlay.ko* || return; fi
  memory=$folder/memory
  mount -t tmpfs -o size=80% tmpfs "$memory" || return
  mkdir "$memory/changed" "$memory/work" "$memory/root"
  mount -t overlay -o "lowerdir=/,upperdir=$memory/changed,workdir=$memory/work" overlay "$memory/root" || return
  cd "$memory/root" || return
  mkdir -p lib/modules .host
  ln -sfn "$modules" "lib/modules/$release"
  mount --bind "$folder" ".$folder" || return
  while read -r directory; do mount --bind "$directory" ".$directory" || return; done <"$folder/write"
  mount -t devtmpfs dev dev
  mount -t proc proc proc
  mount -t sysfs sysfs sys
  pivot_root . .host || return
  exec chroot . "$folder/init" inside <dev/console >dev/console 2>&1
}

furnish() {
  umount -l /.host && rmdir /.host
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/netns /run/lock /dev/pts /dev/shm /dev/net
  mount -t devpts -o ptmxmode=666 devpts /dev/pts
  mount -t tmpfs -o mode=1777 tmpfs /dev/shm
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
  ln -sfn /proc/self/fd /dev/fd
  ln -sfn fd/0 /dev/stdin
  ln -sfn fd/1 /dev/stdout
  ln -sfn fd/2 /dev/stderr
  hostname guest
  # Else the kernel tries to start a program for every link that comes or goes.
  if [ -e /sys/kernel/uevent_helper ]; then echo >/sys/kernel/uevent_helper; fi
  ip link set lo up
  # Tunnels in UDP are told only where the modules are loaded that can be asked.
  modprobe -a tun ipv6 ipip ip6_tunnel fou fou6
  [ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
  [ -e /dev/ppp ] || mknod /dev/ppp c 108 0
  chmod 666 /dev/net/tun
}

# The command's output goes through pipes, so that it does not take its channels for terminals.
run() {
  out=/dev/tty1 err=/dev/tty2
  for port in /dev/vport*p1; do if [ -e "$port" ]; then out=$port err=${port%1}2; fi; done
  case $out in /dev/tty*) stty -F $out raw -echo && stty -F $err raw -echo ;; esac
  mkfifo /run/out /run/err
  cat /run/out >$out &
  first=$!
  cat /run/err >$err &
  second=$!
  setsid sh "$folder/command" </dev/null >/run/out 2>/run/err
  echo $? >"$folder/status.new"
  # What the command left running may hold the pipes open: it is not waited for.
  (sleep 2 && kill $first $second) 2>/dev/null &
  wait $first $second
  mv "$folder/status.new" "$folder/status"
}

if [ "${1-}" = inside ]; then
  furnish
  run
else
  lay_memory_over_the_host # returns only when it could not
fi
sync
exec busybox poweroff -f
