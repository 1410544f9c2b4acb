# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a kernel in lockdown refuses the module with the reason, and xen-pciback goes on as stock
# signed: yes
# dom0-args: lockdown=integrity

mount -t securityfs securityfs /sys/kernel/security
check_match "lockdown" "$(cat /sys/kernel/security/lockdown)" '\[integrity\]'
for ko in xen-pciback-pm.ko xen-pciback-pm.unknown.ko; do
	refused_for "$ko" $ko "Operation not permitted" \
		"Lockdown: .*: unsigned module loading is restricted"
done
stock_works
scenario_end
