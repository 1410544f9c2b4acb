# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a function that is not named answers as with stock, beside a hooked one or none
# timeout: 150

. /rig/reference.sh

check "bound to pciback" bind_to_pciback $FN
# The first owner finds what the firmware left, the second what pciback does.
reference first
reference stock
say "$(wc -l <stock) lines of reference"

check "module inserted, another function named" module_insert devices=00:1f.3
reference other-named
check "as with stock" cmp stock other-named

check "named and taken out again" eval "module_param devices +$FN && module_param devices -$FN"
reference given-back
check "as with stock" cmp stock given-back

diff stock other-named >difference
show difference difference

check "module removed" module_remove
reference without
check "as with stock" cmp stock without
scenario_end
