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
cp -r /lab/sv /run/sv
exec /lab/init
