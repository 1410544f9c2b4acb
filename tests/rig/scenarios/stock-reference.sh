# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: what stock pciback answers to every read and to a list of writes
#
# Leaves the file "reference" in the log directory.

. /rig/reference.sh

check "bound to pciback" bind_to_pciback $FN
reference reference
say "$(wc -l <reference) lines of reference"
show reference reference
scenario_end
