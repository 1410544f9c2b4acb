# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: without wake by ACPI a function signals by message, from D3hot, and only if pcieport listens
# slot: no-prw
# timeout: 180

say "PME from D0 and D3hot"
pme_session 9
pme_offered yes
guest_d3hot "without PME_En"
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
check_eq "PME_En" "$(w $PMCSR 2 0x0103)" 0
check "no deeper than D3hot" wait_for 5 asleep_in D3hot
check_eq "armed" "$(pme_stat $FN en)" 1
check_match "blockers" "$(blockers)" no-wake-from-d3cold
check "the port stays" port_is active
pme_once status
pme_once native
check_eq "PME_En off" "$(w $PMCSR 2 0x0003)" 0
check "D3cold again" wait_for 5 asleep_in D3cold
pme_session_over

# Without power it could only assert WAKE#, which goes to nobody.
say "PME from D3cold, too"
pme_session 25
pme_offered yes
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
guest_d3hot
check_eq "in D3hot all the same" "$(sysattr $FN power_state)" D3hot
check_match "blockers" "$(blockers)" no-wake-from-d3cold
pme_once native
pme_session_over

say "PME from D0 alone"
pme_session 1
pme_offered no
check_eq "PME_En" "$(w $PMCSR 2 0x0100)" 0
check_eq "stays off" "$(r $PMCSR 2)" 0x0000
guest_d3hot
check_eq "in D3cold" "$(sysattr $FN power_state)" D3cold
pme_session_over

say "a port that is not driven by pcieport"
check "its driver unbound" unbind $PORT
pme_session 25
pme_offered no
check_match "blockers" "$(blockers)" no-pme-path
pme_session_over
scenario_end
