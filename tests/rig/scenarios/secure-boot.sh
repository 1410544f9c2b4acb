# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: under Secure Boot the module loads with a key from the firmware's db, and works; with none, or another, it does not
# machine: secure-boot
# signed: yes
# needs-kernel: 6.12
# timeout: 400
# power: ^10*.*01

# 6.1 cannot be dom0 on this firmware: "Xen hypervisor allocated kernel memory
# conflicts with E820 map", which has ACPI NVS where a PV kernel lies.

# What marks, setpci and pme-inject need is forbidden here.
mount -t securityfs securityfs /sys/kernel/security
check "the kernel has seen Secure Boot" sh -c 'dmesg | grep -i "secure boot enabled"'
check_match "lockdown by itself" "$(cat /sys/kernel/security/lockdown)" '\[integrity\]'
say "$(dmesg | grep -i 'Loaded X.509 cert.*SnakeOil')"

refused_for "without a signature" xen-pciback-pm.ko \
	"Key was rejected by service" "Loading of unsigned module is rejected"
refused_for "with a key that nobody knows" xen-pciback-pm.unknown.ko \
	"Key was rejected by service" "Loading of module with unavailable key is rejected"

check "bound to pciback" bind_to_pciback $FN
check "with a key from db" module_insert_file xen-pciback-pm.known.ko "devices=$FN"
check "front end connects" fe_start $FN
guest_d3hot
check "in D3cold" asleep_in D3cold
guest_d0
check "front end detaches" fe_stop
check "removed" module_remove
scenario_end
