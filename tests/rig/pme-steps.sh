# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# PMEs that dom0 fires at FN, whose guest has the driver pm-client, and how long it
# takes from there to each thing that happens. That driver suspends again by
# itself, soon after each resume.

TRACING=/sys/kernel/tracing

pme_steps_begin() {
	mount -t tracefs tracefs $TRACING
	echo 1 >$TRACING/events/xen_pciback_pm/enable
	echo 1 >$TRACING/events/rpm/rpm_resume/enable
	# Within dom0's kernel nobody else writes xenstore meanwhile.
	{
		echo 'r:told xenbus_transaction_end'
		echo 'p:ours xen_pciback_pm:runtime_resume'
		echo 'p:bus pci_pm_runtime_resume'
		echo 'r:busdone pci_pm_runtime_resume'
	} >$TRACING/kprobe_events &&
		echo 1 >$TRACING/events/kprobes/enable
}

# pme_steps: of each PME, the milliseconds from its firing until: PME_Status can be
# read, the host's resume began, and ended, pme-N is written, the guest has
# written D0, its PCI core is about to call the driver, which it does after it
# has disabled PME (pci_enable_wake()); then, what of the first was spent in the
# module. A step that does not show is "-".
pme_steps() {
	awk 'function since(at) { return at ? sprintf("%.1f", (at - fired) * 1000) : "-" }
		function resumed() {
			if (fired && d0)
				print since(status), since(began), since(awake), since(told), since(d0), since(off),
					done && status ? sprintf("%.3f", (bus - ours + status - done) * 1000) : "-"
			fired = 0
		}
		{ sub(":", "", $4); now = $4 }
		/ fire$/ { resumed(); fired = now; status = began = awake = told = d0 = ours = done = 0 }
		/xpm_pme:/ { status = now }
		/rpm_resume: '$FN' / && !began { began = now }
		/ ours:/ { ours = now; done = 0 }
		/ bus:/ && ours && !done { bus = now }
		/ busdone:/ && ours && !done { done = now }
		/xpm_wake:/ { awake = now }
		/told:/ && !told { told = now }
		/xpm_guest_write:.*pmcsr=0x.[0-9a-f].[048c] / && !d0 { d0 = now }
		/xpm_guest_write:.*pmcsr=0x.0.[048c] / { off = now }
		/xpm_guest_write:.*pmcsr=0x.1.. / && d0 { resumed() }
		END { resumed() }' $TRACING/trace
}

# pmes N [spread]: fires as many, each when the guest's driver has suspended again.
# What waits here takes the processor from what is measured, so it does so late.
# The guest's polls and its driver's sleeps keep step; with spread PMEs do not.
pmes() {
	echo >$TRACING/trace
	for _ in $(seq "$1"); do
		wait_for 20 is_state asleep || return
		sleep 0.3
		if [ -n "$2" ]; then
			random 1000
			sleep "0.$(printf %03d "$RANDOM_N")"
		fi
		echo fire >$TRACING/trace_marker
		pme_fire acpi $FN
		sleep 0.5
	done
	wait_for 20 is_state asleep
}
