# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: sleeps of the host of any kind, guest states and PMEs at random: everything is as it has to be each time
# s3: ((00|20) ?)*
# timeout: 300
#
# Ten sleeps, or as many as RIG_SLEEPS says. A second function is not opted in.
# qemu-args: -device pcie-root-port,id=rp2,addr=3.0,chassis=2,slot=2,hotplug=off -device e1000e,bus=rp2,romfile=

FN1=0000:02:00.0
sleeps=$(cat /rig/sleeps 2>/dev/null || echo 10)

# one_of WORD...: sets CHOICE
one_of() {
	random $#
	shift "$RANDOM_N"
	CHOICE=$1
}

# what the guest has to read
pmcsr() {
	case $guest$pme in
	D0*) echo 0x0000 ;;
	D3none | D3before | D3down) echo 0x0003 ;;
	armednone) echo 0x0103 ;;
	armed*) echo 0x8103 ;;
	esac
}

# The guest has it in D3 for all that it knows, whatever it was before.
guest_to() {
	case $1 in
	D0) w $PMCSR 2 0x8000 ;;
	D3) w $PMCSR 2 0x8003 ;;
	armed) w $PMCSR 2 0x8103 ;;
	esac
}

rests() {
	case $guest$pme in
	D0*) is_state active ;;
	armedbefore | armeddown) is_state active ;;
	*) is_state asleep ;;
	esac
}

sleep_by() {
	case $1 in
	S3) host_sleeps ;;
	core | devices) pm_test "$1" && host_sleeps ;;
	s2idle) pm_test devices && host_sleeps freeze ;;
	esac
	set -- $?
	pm_test none
	return "$1"
}

check "PME-capable function bound" pme_capable
check "the other as well" bind_to_pciback $FN1
check "module inserted" module_insert devices=$FN
check "front ends connect" fe_start $FN
check "of both" other fe_start $FN1
config_keep before
other config_keep before
for n in $(seq "$sleeps"); do
	one_of D0 D3 armed armed; guest=$CHOICE
	one_of enabled disabled; wakeup=$CHOICE
	one_of none none before down; pme=$CHOICE
	one_of S3 S3 core devices s2idle; kind=$CHOICE
	# Unnoticed, it ends the sleep if it may; that is not for here.
	[ "$pme$wakeup" != beforeenabled ] || wakeup=disabled
	# Of one that is not put into D3, or is there already, nothing comes.
	[ "$pme" != down ] || guest=armed
	what="$n: $guest, PME $pme, wakeup $wakeup, $kind"
	sysattr $FN power/wakeup $wakeup
	guest_to $guest >/dev/null
	count=$(attr $FN pme_count)
	[ $guest = D0 ] || wait_for 5 is_state asleep
	case $pme in
	before) pme_fire status $FN ;;
	down) pme_fire down $FN ;;
	esac
	check "$what" sleep_by "$kind"
	case $guest$pme in
	armedbefore | armeddown)
		check "told" wait_for 5 pme_told
		count=$((count + 1))
		;;
	esac
	check "comes to rest" wait_for 5 rests
	check_eq "PMCSR" "$(r $PMCSR 2)" "$(pmcsr)"
	check_eq "events" "$(attr $FN pme_count)" "$count"
	guest_to D0 >/dev/null
	config_as before
	other config_as before
	check_eq "usage count" "$(usage)" 1
done
say "wakes: $(wakes)"
check "front end leaves" fe_stop
check "the other leaves" other fe_stop
check "module removed" module_remove
scenario_end
