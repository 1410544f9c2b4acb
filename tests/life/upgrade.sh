# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: upgraded and removed while its functions sleep, the loaded module goes on until it is unloaded
# root: disk
# timeout: 3600
. /srv/life/lib.sh

newest=$(find /lib/modules -mindepth 1 -maxdepth 1 | sed 's|.*/||' | sort -V | tail -n 1)
check_eq "the newest kernel runs" "$(uname -r)" "$newest"
check "loaded at boot, together with xen-pciback" loaded
check_eq "it is this version" "$(loaded_version)" "$OLD"
check "the function sleeps" wait_for 30 at_rest
check "a front end comes" fe_start $FN
guest_d3hot
check_match "the command says so" "$(/usr/sbin/xen-pciback-pm status)" "^$FN  asleep in D3cold, guest D3hot"
before=$(wakes)
sleeps_on "$before"

# shellcheck disable=SC2046 # two packages
check "upgraded meanwhile" apt install $(packages "$NEXT")
check "the new version is installed, and no other" installed_only "$NEXT"
sleeps_on "$before"
check_eq "the old one is loaded still" "$(loaded_version)" "$OLD"
guest_d0
guest_d3hot
check "unloaded" rmmod xen_pciback_pm
check "loaded" modprobe xen-pciback-pm
check_eq "now it is the new one" "$(loaded_version)" "$NEXT"
check "asleep" wait_for 5 is_state asleep
guest_d0
guest_d3hot
before=$(wakes)

check "removed meanwhile" apt remove xen-pciback-pm xen-pciback-pm-dkms
check_not "no module is installed" modinfo xen-pciback-pm
check_eq "it is loaded still" "$(loaded_version)" "$NEXT"
sleeps_on "$before"
guest_d0
guest_d3hot
check_eq "PowerState" "$(r $PMCSR 1)" 0x03
check "unloaded" rmmod xen_pciback_pm
check_not "it is gone" loaded
check_eq "the guest sees its state" "$(r $PMCSR 1)" 0x03
check_eq "it wakes its device through stock" "$(w $PMCSR 1 0)" 0
check_eq "which answers" "$(r 0 4)" 0x10d38086
check "the front end leaves" fe_stop
purge
life_end
