# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: how long operations on config space take, hooked and not, awake and asleep
# timeout: 900
# qemu-args: -smp 1
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2
# qemu-args: -device e1000e,bus=rp2,romfile=
# qemu-args: -device pcie-root-port,id=rp3,addr=4.0,chassis=3,slot=3
# qemu-args: -device e1000e,bus=rp3,addr=0.0,multifunction=on,romfile=
# qemu-args: -device e1000e,bus=rp3,addr=0.1,romfile=
# qemu-args: -device e1000e,bus=rp3,addr=0.2,romfile=
# qemu-args: -device pcie-root-port,id=rp4,addr=5.0,chassis=4,slot=4
# qemu-args: -device e1000e,bus=rp4,romfile=
#
# All functions are of the same kind: FN, hooked, alone in the slot whose power can
# be cut; STOCK and STOCK2, not hooked, alone in theirs; HOOKED, whose siblings are
# not: BESIDE, with a front end, and OWN, which is dom0's.

STOCK=0000:02:00.0
STOCK2=0000:04:00.0
HOOKED=0000:03:00.0
BESIDE=0000:03:00.1
OWN=0000:03:00.2
DEVICES=/sys/bus/pci/devices
SAMPLES=$RIG/samples

# What a session reads and writes: class code, which no field of pciback's covers,
# cache line size, which one does.
CLASS="8 4"
CACHE_LINE="12 1"

blocks=40 rounds=50

# session BDF...: config-time does what it reads on stdin. Where one fails the next
# would not even begin.
session() {
	check "session of ${*:-dom0}" session_of "$@" || exit
}

session_of() {
	config-time "$@" >>"$SAMPLES" || return
	[ $# -eq 0 ] || wait_for 10 test ! -e /sys/bus/xen-backend/devices/pci-0-0 &&
		sleep 0.2
}

# with_times COMMAND...: with what xen-pciback's handlers take
with_times() {
	check "handlers are timed" insmod /rig/bin/pciback-time.ko
	"$@"
	check "and are not any more" rmmod pciback_time
}

# The probes alone, while there are any.
nothing() {
	[ ! -d /sys/module/pciback_time ] ||
		echo "op nothing get /sys/module/pciback_time/parameters/nothing"
}

awake() {
	session $FN $STOCK $STOCK2 $HOOKED <<-END
	op read.hooked read 0 $CLASS
	op read.stock read 1 $CLASS
	op read.stock2 read 2 $CLASS
	op read.hooked2 read 3 $CLASS
	op write.hooked write 0 $CACHE_LINE 16
	op write.stock write 1 $CACHE_LINE 16
	op write.stock2 write 2 $CACHE_LINE 16
	op write.hooked2 write 3 $CACHE_LINE 16
	$(nothing)
	run $blocks $rounds shuffled
	END
}

# One sleeps in D3cold, the others are in D0.
asleep() {
	session $FN $STOCK $STOCK2 <<-END
	op - write 0 $PMCSR 2 3
	op - wait $DEVICES/$FN/power_state D3cold
	run 1 1
	clear
	op pmcsr.asleep read 0 $PMCSR 2
	op pmcsr.stock read 1 $PMCSR 2
	op pmcsr.stock2 read 2 $PMCSR 2
	op other.asleep read 0 $CLASS
	op other.stock read 1 $CLASS
	op other.stock2 read 2 $CLASS
	$(nothing)
	run $blocks $rounds shuffled
	clear
	op - wait $DEVICES/$FN/xen_pciback_pm/state asleep
	run 1 1
	END
}

d3hot() {
	session $FN $STOCK $STOCK2 <<-END
	op d3hot.hooked write 0 $PMCSR 2 3
	op d3hot.stock write 1 $PMCSR 2 3
	op d3hot.stock2 write 2 $PMCSR 2 3
	op - wait $DEVICES/$FN/power_state D3cold
	op - write 0 $PMCSR 2 0
	op - write 1 $PMCSR 2 0
	op - write 2 $PMCSR 2 0
	run 20 1
	END
}

# The same function, with a guest that writes D0, and with a driver in dom0 that the
# PM core resumes.
resume() {
	session $FN <<-END
	op - write 0 $PMCSR 2 3
	op - wait $DEVICES/$FN/power_state D3cold
	op - wait $DEVICES/$PORT/power/runtime_status suspended
	op resume.guest write 0 $PMCSR 2 0
	run 10 1
	END
	check "taken from pciback" unbind_from_pciback $FN
	echo $FN >/sys/bus/pci/drivers/pm-client/bind
	check_eq "its driver" "$(driver_of $FN)" pm-client
	session <<-END
	op - put $DEVICES/$FN/power/control auto
	op - wait $DEVICES/$FN/power_state D3cold
	op - wait $DEVICES/$PORT/power/runtime_status suspended
	op resume.driver put $DEVICES/$FN/power/control on
	run 10 1
	END
	check "given back" bind_to_pciback $FN
}

# bystanders HOW: those that are not hooked
bystanders() {
	session $STOCK $BESIDE $HOOKED <<-END
	op read.elsewhere.$1 read 0 $CLASS
	op read.beside.$1 read 1 $CLASS
	op read.own.$1 dom0-read $DEVICES/$OWN/config $CLASS
	op write.elsewhere.$1 write 0 $CACHE_LINE 16
	op write.beside.$1 write 1 $CACHE_LINE 16
	op write.own.$1 dom0-write $DEVICES/$OWN/config $CACHE_LINE 16
	run 5 $rounds shuffled
	END
}

: >"$SAMPLES"
sysattr $OWN driver_override none
for bdf in $FN $STOCK $STOCK2 $HOOKED $BESIDE; do
	check "$bdf bound" bind_to_pciback $bdf
done
check "module inserted" module_insert devices=$FN,$HOOKED
for bdf in $FN $HOOKED; do
	check "$bdf hooked" test -d $DEVICES/$bdf/xen_pciback_pm
done

awake
asleep
with_times awake
with_times asleep
d3hot
for _ in 1 2 3 4 5; do
	bystanders loaded
	check "module removed" module_remove
	bystanders unloaded
	check "module inserted" module_insert devices=$FN,$HOOKED
done
check "a driver for dom0" insmod /rig/bin/pm-client.ko
for _ in 1 2 3; do
	resume
done
show "$SAMPLES" samples
check "module removed" module_remove
scenario_end
