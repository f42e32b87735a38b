#!/bin/sh
# runc, but a container that `hack/lab stop` named is not created until `hack/lab start`: its supervisor, the
# kubelet, tries in vain, as it would with any program that can't start. The agent of a host with `hack/lab host clock`
# sees another time.
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
  if [ -e /run/lab/clock ] && grep -q '"io.kubernetes.cri.container-name":"agent"' "$bundle/config.json"; then
    library=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1
    env="\"LD_PRELOAD=/lab/faketime.so\",\"FAKETIME=$(cat /run/lab/clock)\",\"FAKETIME_DONT_FAKE_MONOTONIC=1\""
    mount="{\"destination\":\"/lab/faketime.so\",\"type\":\"bind\",\"source\":\"$library\",\"options\":[\"bind\",\"ro\"]}"
    sed -i "s|\"env\":\[|&$env,|; s|\"mounts\":\[|&$mount,|" "$bundle/config.json"
  fi
fi
exec /usr/sbin/runc "$@"
