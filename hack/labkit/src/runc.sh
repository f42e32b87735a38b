#!/bin/sh
# runc, but a container that `hack/lab stop` named is not created until `hack/lab start`: its supervisor, the
# kubelet, tries in vain, as it would with any program that can't start.
previous= bundle= creates=
for word do
  [ "$previous" = --bundle ] && bundle=$word
  [ "$word" = create ] && creates=yes
  previous=$word
done
if [ "$creates" ]; then
  for stopped in /run/lab/stopped/*; do
    [ -e "$stopped" ] || break
    if grep -q "\"io.kubernetes.cri.container-name\":\"${stopped##*/}\"" "$bundle/config.json"; then
      echo "${stopped##*/} was stopped by hack/lab" >&2
      exit 1
    fi
  done
fi
exec /usr/sbin/runc "$@"
