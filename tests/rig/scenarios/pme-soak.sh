# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: of PMEs at random moments, against a front end that cycles at random, none is lost and none invented
# qemu-args: -device pcie-root-port,id=rp2,addr=4.0,chassis=2,slot=2,hotplug=off
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp2,netdev=net2,romfile=
# timeout: 150

OTHER=0000:02:00.0
OTHER_PORT=0000:00:04.0
PMES=$(cat /rig/pmes 2>/dev/null || echo 200)

# soaked WAY: what it said, and whether it found nothing
soaked() {
	say "$(tail -n 1 "$RIG/soak.$1")"
	show "$RIG/soak.$1" "soak.$1"
	check "$1: none lost, none spurious" eval "tail -n 1 $RIG/soak.$1 | grep -q 'lost 0, spurious 0, wrong 0$'"
}

# by_port: those that are heard at the port: polling first, for the first message
# ends it. In D3hot, below a port that is on.
by_port() {
	soak -i 1 -s "$SEED" -n $((PMES / 20)) poll $OTHER >"$RIG/soak.poll" 2>&1
	soak -i 1 -s "$SEED" -n $((PMES * 11 / 20)) native $OTHER >"$RIG/soak.native" 2>&1
}

seed
say "PMEs $PMES"
check "PME-capable function bound" pme_capable functions="$FN,$OTHER"
check "another one" reenumerate $OTHER
check "bound" bind_to_pciback $OTHER
check "module inserted" module_insert devices="$FN,$OTHER"
sysattr $OTHER d3cold_allowed 0
sysattr $OTHER_PORT power/control on
by_port &
ports=$!
while sleep 60; do
	for way in acpi native poll; do
		say "so far: $(tail -n 1 "$RIG/soak.$way")"
	done
done &
progress=$!
soak -i 0 -s "$SEED" -n $((PMES * 2 / 5)) acpi "$FN" >"$RIG/soak.acpi" 2>&1
wait $ports
kill $progress
for way in acpi native poll; do
	soaked $way
done
say "wakes: $(wakes); $(wakes $OTHER)"
check "module removed" module_remove
scenario_end
