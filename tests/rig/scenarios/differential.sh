# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a hooked function answers as an unhooked twin, and its PM registers as the model, at random
# qemu-args: -device pcie-root-port,id=rp2,addr=4.0,chassis=2,slot=2,hotplug=off
# qemu-args: -netdev user,id=net2
# The MAC address is the serial number in config space, so it is the same.
# qemu-args: -device e1000e,bus=rp2,netdev=net2,romfile=,mac=52:54:00:12:34:56
# timeout: 400
# power: a1?(01){20,}b

TWIN=0000:02:00.0
OUT=$RIG/differential

seed
check "PME-capable function bound" pme_capable
check "its twin bound" bind_to_pciback "$TWIN"
# differential adds more of them later.
for field in 44:4:0 5:1:0 e2:2:0 3f0:1:0; do
	for bdf in $FN "$TWIN"; do
		echo "$bdf-$field" >/sys/bus/pci/drivers/pciback/quirks
	done
done
check "module inserted" module_insert devices=$FN
mark a
check "every answer compares" eval "differential -s $SEED -n 3000 $FN $TWIN >$OUT 2>&1"
mark b
show "$OUT" differential
number() {
	sed -n "s/^operations.* $1 \([0-9]*\).*/\1/p" "$OUT"
}
say "$(tail -n 1 "$OUT")"
say "wakes: $(wakes)"
check "enough while asleep" [ "$(number "answered asleep")" -ge 400 ]
check "module removed" module_remove
scenario_end
