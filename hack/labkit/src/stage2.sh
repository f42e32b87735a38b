# A box's last steps before its init, on its own root and in its own cgroup namespace.
set -eu
umount -l /.old
mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup
for controller in cpu cpuacct cpuset memory devices freezer blkio pids; do
  mkdir "/sys/fs/cgroup/$controller"
  mount -t cgroup -o "$controller" cgroup "/sys/fs/cgroup/$controller"
done
mkdir /sys/fs/cgroup/systemd
mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
mount --make-rshared /
mkdir -p /run/lock /run/libvirt /var/log/lab
# Bound while all is shared, so that what is mounted below one of them later is seen in both places.
if [ -d /lab/flavor ]; then
  for shared in dev proc sys run tmp etc/libvirt etc/pki etc/hosts etc/hostname var/lib/libvirt var/log \
    var/lib/godwit; do
    if [ -d "/$shared" ]; then mkdir -p "/lab/flavor/$shared"; else touch "/lab/flavor/$shared"; fi
    mount --rbind "/$shared" "/lab/flavor/$shared"
  done
fi
cp -r /lab/sv /run/sv
exec /lab/init
