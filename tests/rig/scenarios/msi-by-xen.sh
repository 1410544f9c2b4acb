# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: MSI and MSI-X that Xen set up without dom0's kernel are back after D3cold
# power: .
#
# As a device model does it: Xen maps the interrupt and writes the message, the
# device model sets the enable bit.

PCIBACK=/sys/bus/pci/drivers/pciback

hw() {
	setpci -s "${FN#0000:}" "$1"
}

# What hardware has of MSI, and of the first two vectors of MSI-X.
msi() {
	echo "$(hw d2.w) $(hw d4.l) $(hw d8.l) $(hw dc.w)"
}

msix() {
	local word all

	all=$(hw a2.w)
	for word in 0 4 8 12 16 20 24 28; do
		all="$all $(mmio "$(sysfs $FN)/resource3" $word | cut -d ' ' -f 1)"
	done
	echo "$all"
}

through_d3cold() {
	guest_d3hot
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check_eq "D0" "$(w $PMCSR 1 0)" 0
}

check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "memory decode on" "$(w 4 2 2)" 0

say "no mapping: $(msi)"
log_mark
before=$(msi)
through_d3cold
check_eq "nothing done" "$(msi)" "$before"
check_not "nothing said" logged 'xen-pciback-pm'

say "MSI, its enable bit set as through sysfs"
pirq=$(map-msi $FN msi)
check_match "Xen maps it" "$pirq" '^[0-9]+$'
before=$(msi)
say "Xen wrote: $before"
check_match "a message to a CPU" "$before" ' fee[0-9a-f]{5} 00000000 [0-9a-f]*[1-9a-f]'
check "enable bit" setpci -s "${FN#0000:}" d2.w=0081
before=$(msi)
guest_d3hot
check_eq "reads asleep" "$(r 0xd2 2) $(r 0xd4 4) $(r 0xd8 4) $(r 0xdc 2)" \
	"$(echo "0x$before" | sed 's/ / 0x/g')"
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_eq "all as before" "$(msi)" "$before"
check_eq "memory decode as before" "$(($(r 4 2) & 2))" 2
check "enable bit off" setpci -s "${FN#0000:}" d2.w=0080

say "MSI, its enable bit set through the front end"
echo $FN >$PCIBACK/allow_interrupt_control
check_eq "enable bit" "$(w 0xd2 2 0x0081)" 0
check_eq "as above" "$(msi)" "$before"
through_d3cold
check_eq "all as before" "$(msi)" "$before"
check_eq "memory decode off" "$(w 4 2 0)" 0
through_d3cold
check_eq "all as before" "$(msi)" "$before"
check_eq "memory decode still off" "$(($(r 4 2) & 2))" 0
check_eq "and on" "$(w 4 2 2)" 0
check_eq "enable bit off" "$(w 0xd2 2 0x0080)" 0
check "unmapped" map-msi unmap "$pirq"

say "MSI-X"
table=$(sed -n '4s/ .*//p' "$(sysfs $FN)/resource")
first=$(map-msi $FN msix 0 "$table")
check_match "Xen maps entry 0" "$first" '^[0-9]+$'
second=$(map-msi $FN msix 1 "$table")
check_match "and 1" "$second" '^[0-9]+$'
check "enable bit" setpci -s "${FN#0000:}" a2.w=8004
before=$(msix)
say "Xen wrote: $before"
check_match "messages to a CPU" "$before" '^8004 0xfee.* 0xfee'
log_mark
through_d3cold
check_eq "all as before" "$(msix)" "$before"
check_not "nothing said" logged 'xen-pciback-pm'
check_eq "memory decode off" "$(w 4 2 0)" 0
through_d3cold
check_eq "memory decode still off" "$(($(r 4 2) & 2))" 0
check_eq "and on" "$(w 4 2 2)" 0
check_eq "all as before" "$(msix)" "$before"
check "enable bit off" setpci -s "${FN#0000:}" a2.w=0004
check "unmapped" map-msi unmap "$first"
check "both" map-msi unmap "$second"
before=$(msix)
through_d3cold
check_eq "control as before" "$(msix | cut -d ' ' -f 1)" "${before%% *}"
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
