# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# title: the example of a udev rule resumes a suspended domain when its device wakes, and never while the host goes to sleep
# machine: iommu
# guest: pv
# init: systemd
# dom0-args: suspend.pm_test_delay=1
# timeout: 400
#
# A guest's kernel resumes its devices for libxl's suspend (pci_pm_freeze()), and
# arms none. One without a driver stays in D3hot, with PME_En, if somebody in the
# guest has put it there.

UNITS=/run/systemd/system
LOG=/run/rig/resumes

is_suspended() {
	xl list "$GUEST" | grep -q -- ' [r-][b-][p-]ss- '
}

is_running() {
	! is_suspended && guest_run true
}

# armed: in the guest, by which a PME that came is forgotten
armed() {
	guest_run "printf '\\003\\201' | dd of=/sys/bus/pci/devices/0000:00:00.0/config bs=2 seek=$((PMCSR / 2)) conv=notrunc" &&
		wait_for 5 is_state asleep
}

suspended() {
	domain-sleep suspend "$GUEST" && is_suspended
}

resumes() {
	wc -l <$LOG
}

resumed_twice() {
	[ "$(resumes)" = 2 ]
}

# idle DOMID: nothing looks after it
idle() {
	[ "$(systemctl show --property=ActiveState --value "xen-pciback-pm-resume@$1")" = inactive ]
}

busy() {
	! idle "$GUEST"
}

# With xl of Xen 4.19 RESUME is not needed.
: >$LOG
cat >/run/rig/resume <<'END'
#!/bin/sh
echo resume >>/run/rig/resumes
exec /rig/bin/domain-sleep resume "$1"
END
chmod +x /run/rig/resume

check "PME-capable function bound" pme_capable
check "module inserted" module_insert devices=$FN
GUEST_MODULES=
check "guest starts" guest_start $FN

say "suspended by libxl"
check "armed" armed
check "suspended" suspended
check_eq "the device sleeps on" "$(attr $FN state)" asleep
check_match "without a way to resume it that is said" "$(/usr/local/sbin/xen-pciback-pm-resume "$GUEST" 2>&1)" 'set RESUME$'
check "and it stays as it is" is_suspended
mkdir -p /etc/default
echo RESUME=/run/rig/resume >/etc/default/xen-pciback-pm-resume
check "PME" pme_fire acpi $FN
check "it runs again" wait_for 20 is_running
check_eq "resumed once" "$(resumes)" 1
check "owned as before" owned_by "$GUEST"

say "a domain that runs"
check "armed" armed
check "PME" pme_fire acpi $FN
check "is looked at" wait_for 20 busy
check "the guest acts on it" armed
check "nothing more to look at" wait_for 60 idle "$GUEST"
check "it runs on" is_running
check_eq "and was not resumed" "$(resumes)" 1

say "the host goes to sleep, its toolstack suspends domains first"
mkdir -p $UNITS/sleep.target.wants /lib/systemd/system-sleep
cat >$UNITS/domains.service <<'END'
[Unit]
DefaultDependencies=no
Before=sleep.target
[Service]
Type=oneshot
ExecStart=/run/rig/domains
END
ln -s ../domains.service $UNITS/sleep.target.wants/
cat >/run/rig/domains <<END
#!/bin/sh
/rig/bin/domain-sleep suspend $GUEST
sh /run/rig/meanwhile
sleep 3
xl list $GUEST | grep -q -- 'ss- ' && echo suspended >>$LOG
END
cat >/lib/systemd/system-sleep/rig <<END
#!/bin/sh
[ "\$1" != post ] || echo back >>$LOG
END
chmod +x /run/rig/domains /lib/systemd/system-sleep/rig
systemctl daemon-reload
echo devices >/sys/power/pm_test

# sleeps_once WHAT COMMAND: which is run when the domain has just been suspended
sleeps_once() {
	: >$LOG
	echo "$2" >/run/rig/meanwhile
	check "the host sleeps" systemctl start suspend.target
	check "the domain runs again" wait_for 30 is_running
	check_eq "$1: in this order" "$(tr '\n' ' ' <$LOG)" "suspended back resume "
}

check "armed" armed
sleeps_once "a PME comes" "echo acpi $FN >/sys/module/pme_inject/parameters/fire"
sleeps_once "a look was under way" "/usr/local/sbin/xen-pciback-pm-resume $GUEST"

say "a start that comes while another one stops"
mkdir -p $UNITS/xen-pciback-pm-resume@.service.d
cat >$UNITS/xen-pciback-pm-resume@.service.d/rig.conf <<'END'
[Service]
ExecStopPost=/bin/sh -c 'sleep 4; echo stopped >>/run/rig/resumes'
END
systemctl daemon-reload
: >$LOG
check "one" systemctl start --no-block xen-pciback-pm-resume@999
sleep 1
check "two" systemctl start --no-block xen-pciback-pm-resume@999
check "three" systemctl start --no-block xen-pciback-pm-resume@999
check "is not lost" wait_for 60 resumed_twice
sleep 6
check_eq "and two are one" "$(resumes)" 2

# The xl that would wait for its end has left when it was suspended.
check "guest gone" guest_destroy
check "module removed" module_remove
scenario_end
