# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: a guest that polls PMCSR wakes nothing and reaches nothing, awake or asleep
# power: ^1?cd0ab1$
# cycles: a b 0
# cycles: c d 0

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
check "front end connects" fe_start $FN

# Linux polls a function in D0 as well, once PME is enabled.
mark c
check "60 polls in D0" fe_cmd time $PMCSR 2 60
mark d
guest_d3hot
reads=$(pme_stat $FN reads)
mark a
for poll in $(seq 60); do
	r $PMCSR 2
done | sort | uniq -c >/run/rig/polls
check_eq "60 polls, one answer" "$(sed 's/^ *//' /run/rig/polls)" "60 0x0003"
check "600 more, by byte, word and dword" \
	eval "fe_cmd time $PMCSR 1 200 && fe_cmd time $PMCSR 2 200 && fe_cmd time $PMCSR 4 200"
mark b
check_eq "config reads below the module" "$(pme_stat $FN reads)" "$reads"
check_eq "state" "$(attr $FN state)" asleep
check_eq "the port" "$(sysattr $PORT power/runtime_status)" suspended
check_eq "no wakes" "$(wakes)" "guest 0 pme 0 config 0 host 0 reset 0 sleep 0"
check_eq "D0" "$(w $PMCSR 2 0)" 0
# Before it sleeps as one that nobody owns.
check "front end leaves" fe_stop
check "module removed" module_remove
scenario_end
