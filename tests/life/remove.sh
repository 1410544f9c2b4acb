# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: removed, the module stays loaded, and manages its functions
# root: disk
# timeout: 1800
. /srv/life/lib.sh

check "loaded at boot, together with xen-pciback" loaded
check "the function sleeps" wait_for 30 at_rest
before=$(wakes)
check "removed" apt remove xen-pciback-pm xen-pciback-pm-dkms
check_not "no module is installed" modinfo xen-pciback-pm
check "it is loaded still" loaded
sleeps_on "$before"
check "a guest uses it" works $FN
life_end
