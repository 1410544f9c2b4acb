# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: config writes to a sleeping function wake it, take effect and let it sleep again
# power: ^1?(01)*0a10b10cd1010ef1010g1h01(01)?$

asleep_as_before() {
	check "asleep again" wait_for 5 is_state asleep
	check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
	check_eq "PowerState all the while" "$(r $PMCSR 1)" 0x03
}

check "bound to pciback" bind_to_pciback $FN
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN
check_eq "memory decode and bus master on" "$(w 4 2 6)" 0
guest_d3hot
mark a

check_eq "cache line size" "$(w 0x0c 1 0x20)" 0
check_eq "reads back" "$(r 0x0c 1)" 0x20
asleep_as_before
check_eq "still reads back" "$(r 0x0c 1)" 0x20
mark b

# Stock's handler of COMMAND calls pci_enable_device().
check_eq "decode off" "$(w 4 2 0)" 0
check_eq "and on" "$(w 4 2 6)" 0
check_eq "reads back" $(($(r 4 2) & 6)) 6
asleep_as_before
mark c

# What stock drops does not wake.
wakes=$(wakes)
check_eq "vendor id" "$(w 0 2 0x1234)" 0
check_eq "a register without an entry" "$(w 0x44 4 0x12345678)" 0
check_eq "COMMAND as it is" "$(w 4 2 "$(r 4 2)")" 0
check_eq "a BAR as it is" "$(w 0x10 4 "$(r 0x10 4)")" 0
check_eq "no wakes" "$(wakes)" "$wakes"
mark d

# permissive is pciback's own, and a permissive write goes through.
echo $FN >/sys/bus/pci/drivers/pciback/permissive
check_eq "a register without an entry, permissive" "$(w 0x44 4 0x12345678)" 0
asleep_as_before
control=$(r 0xa2 2)
check_eq "garbage to MSI-X control" "$(w 0xa2 2 0x3aaa)" 0
check_eq "reads as hardware has it" "$(r 0xa2 2)" "$control"
# It may be MSI-X that is switched, until the guest goes on to another register.
check_eq "stays awake for that" "$(blockers)" "msi-in-d3hot "
check_eq "another register" "$(r 0 2)" 0x8086
asleep_as_before
check_eq "and after" "$(r 0xa2 2)" "$control"
mark e
check_match "woken by writes alone" "$(wakes)" '^guest 0 pme 0 config [1-9][0-9]* host 0 '

mark f
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_eq "cache line size is there" "$(r 0x0c 1)" 0x20
check_eq "the core knows that it is in D0" "$(sysattr $FN power_state)" D0
check "MSI-X can be enabled" fe_cmd msix 2
check_match "without error" "$(fe_last)" '^0x0* 0 '
check_match "in hardware" "$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)" '^[89a-f]'
guest_d3hot "with MSI-X on"
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_match "on after D3cold" "$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)" '^[89a-f]'

# Xen restores it only while memory decoding is on, and the kernel may warn. pciback
# leaves that on; a guest of a device that has another way to its config space may not.
setpci -s "${FN#0000:}" COMMAND=0:2
guest_d3hot "with MSI-X on and decode off"
mark g
check_eq "D0" "$(w $PMCSR 1 0)" 0
mark h
check_match "on after D3cold" "$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)" '^[89a-f]'
check_match "decode is as it was" "$(setpci -s "${FN#0000:}" COMMAND)" '^...[014589cd]'
setpci -s "${FN#0000:}" COMMAND=2:2

# pci_disable_msix() holds a lock that the resume wants as well.
guest_d3hot "with MSI-X on, again"
fe_cmd msix off
check_match "switched off while asleep, without error" "$(fe_last)" '^[^ ]+ 0 '
check "at once" [ "$(fe_us)" -lt 1000000 ]
check_match "reads back as off" "$(r 0xa2 2)" '^0x[0-7]'
check_eq "D0" "$(w $PMCSR 1 0)" 0
check_match "off in hardware" "$(setpci -s "${FN#0000:}" CAP_MSIX+2.w)" '^[0-7]'
check_eq "and still good for D3cold" "$(attr $FN blockers)" guest-d0
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
