# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: hostile front ends and a host that changes everything, at random: every answer is right, nothing is lost
# qemu-args: -device pcie-root-port,id=rp2,addr=4.0,chassis=2,slot=2,hotplug=off
# qemu-args: -netdev user,id=net2 -device e1000e,bus=rp2,netdev=net2,romfile=
# qemu-args: -device pcie-root-port,id=rp3,addr=5.0,chassis=3,slot=3,hotplug=off
# qemu-args: -netdev user,id=net3 -device e1000e,bus=rp3,netdev=net3,romfile=
# timeout: 400

OTHER=0000:02:00.0
BYSTANDER=0000:03:00.0
OPS=$(cat /rig/ops 2>/dev/null || echo 20000)
OUT=$RIG/fuzz
KMEMLEAK=/sys/kernel/debug/kmemleak

each() {
	local bdf

	for bdf in "$FN" "$OTHER" "$BYSTANDER"; do
		"$@" "$bdf"
	done
}

# seen NAME: config space of each as an owner finds it after another one, in NAME.BDF.
# But for COMMAND, which firmware had set, and rescan does not; and the message of
# MSI, of which there had been none: with stock, too.
seen() {
	local name=$1 bdf index=0

	fe_start "$FN" $OTHER $BYSTANDER
	for bdf in "$FN" $OTHER $BYSTANDER; do
		fe_cmd dev "$index"
		# Stock leaves PowerState and Data_Select where the last one has put them.
		w "$PMCSR" 2 0 >/dev/null
		fe_dump 4 0 0x200 | sed '/^000:/s/ [0-9a-f]*//2; /^0d0:/d' \
			>"$RIG/$name.$bdf"
		index=$((index + 1))
	done
	fe_stop
}

same() {
	check "config space of $1 as before" diff "$RIG/before.$1" "$RIG/after.$1"
}

seed
say "operations $OPS"
check "PME-capable function bound" pme_capable functions="$FN,$OTHER"
check "another one" reenumerate $OTHER
check "bound" bind_to_pciback $OTHER
check "a bystander" bind_to_pciback $BYSTANDER
found=$(each usage | tr '\n' ' ')
check "module inserted" module_insert devices="$FN,$OTHER"
check "front end connects" fe_start "$FN" $OTHER $BYSTANDER
check "and leaves" fe_stop
seen before
# It says so each minute.
while sleep 65; do
	say "$(grep '^so far' "$OUT" | tail -n 1)"
	# In case it does not get to the end.
	if [ ! -e "$RIG/wrong" ] && grep -q '^WRONG' "$OUT"; then
		: >"$RIG/wrong"
		show "$OUT" wrong
	fi
done &
progress=$!
began=$(now_ms)
fuzz -s "$SEED" -n "$OPS" "$FN" $OTHER $BYSTANDER >"$OUT" 2>&1
status=$?
kill $progress
say "took $(($(now_ms) - began)) ms"
show "$OUT" fuzz
grep -E '^(front end . *[0-9]*:|host:|log:|operations)' "$OUT" | while read -r line; do
	say "$line"
done
check_eq "nothing was wrong" "$status, $(grep -c '^WRONG' "$OUT")" "0, 0"

seen after
each same
check "comes to rest" wait_for 15 at_rest
works "$FN"
works $OTHER
check "front end of the bystander" fe_start $BYSTANDER
check_eq "it reads" "$(r 0 4)" 0x10d38086
check "and leaves" fe_stop
for bdf in "$FN" $OTHER; do
	check "$bdf sleeps again" wait_for 10 is_state asleep "$bdf"
	check_eq "$bdf usage count" "$(usage "$bdf")" 0
done
check "module removed" module_remove
# It gives back what it found, which the host had changed while it was out.
for bdf in "$FN" $OTHER; do
	sysattr "$bdf" power/control on
done
check_eq "usage counts as found" "$(each usage | tr '\n' ' ')" "$found"
if [ -e $KMEMLEAK ]; then
	echo scan >$KMEMLEAK
	sleep 6
	echo scan >$KMEMLEAK
	# pcistub_device_release() of xen-pciback forgets its own table each time.
	awk '/^unreferenced/ { if (record !~ /pcistub_init_device/) printf "%s", record
			       record = "" }
	     { record = record $0 "\n" }
	     END { if (record !~ /pcistub_init_device/) printf "%s", record }' \
		$KMEMLEAK >"$RIG/leaks"
	show "$RIG/leaks" leaks
	check_eq "leaks" "$(grep -c unreferenced "$RIG/leaks")" 0
fi
for bdf in "$FN" $OTHER $BYSTANDER; do
	check "$bdf is given up by pciback" unbind_from_pciback "$bdf"
done
check "and pciback goes" rmmod xen_pciback
scenario_end
