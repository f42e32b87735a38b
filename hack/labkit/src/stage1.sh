# A box's first steps, in its own namespaces but still on the machine's root. Asked for by the environment:
# STATE (the box's directory), ROOT (lower directory), BIN (the cluster's binaries), BOX (its name), PLAIN,
# LOCAL (where a host's own disk for images is mounted), FLAVOR (another Debian under the root, or nothing).
set -eu
cd "$STATE"
mount -t overlay overlay -o "lowerdir=$ROOT,upperdir=$STATE/upper,workdir=$STATE/work" root
mount -t proc proc root/proc
mount -t sysfs -o ro sysfs root/sys
mount -t tmpfs -o mode=755 tmpfs root/run
mount -t tmpfs -o mode=1777 tmpfs root/tmp
mount --rbind /dev root/dev
mount --make-rprivate root/dev
mount -t tmpfs -o mode=1777 tmpfs root/dev/shm
for directory in $PLAIN; do
  mkdir -p "root/$directory"
  mount --bind "plain/$directory" "root/$directory"
done
if [ -e local.img ]; then
  mkdir -p "root$LOCAL"
  mount -o loop,discard local.img "root$LOCAL"
  rmdir "root$LOCAL/lost+found" 2> /dev/null || true
fi
mkdir -p root/lab/bin root/lib/modules
mount --bind "$BIN" root/lab/bin
if [ "$FLAVOR" ]; then
  mkdir -p root/lab/flavor
  mount -t overlay overlay -o "lowerdir=$FLAVOR,upperdir=$STATE/flavor-upper,workdir=$STATE/flavor-work" root/lab/flavor
fi
# The kubelet sets these machine-wide: let it set copies, so that the machine keeps its own.
for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops; do
  cat "/proc/sys/$name" > "root/run/$(basename $name)"
  mount --bind "root/run/$(basename $name)" "root/proc/sys/$name"
done
# The links come from outside, which needs this process's number first.
read -r _ < go
hostname "$BOX"
cd root
mkdir -p .old
pivot_root . .old
exec chroot . unshare -C /bin/sh /lab/stage2
