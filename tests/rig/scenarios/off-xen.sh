# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: without Xen the module does not load, and says why in one line
# machine: bare

log_mark
check_not "refused" modprobe xen_pciback_pm "devices=$FN"
check "in one clear line" logged 'xen-pciback-pm: not running on Xen'
check_eq "one line" "$(logged 'xen-pciback-pm' | sort -u -t']' -k2 | wc -l)" 1
check_not "not loaded" test -d /sys/module/xen_pciback_pm
check_eq "the function is left alone" "$(sysattr $FN power/control)" on
scenario_end
