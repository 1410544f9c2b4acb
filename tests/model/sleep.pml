// SPDX-License-Identifier: GPL-2.0-only
/*
 * The protocol of sleep, wake and owner of one function, for spin: what
 * src/power.c, gate.c, guest.c, wake.c and owner.c do in parts that may come in
 * any order. What holds f->lock there is atomic here.
 *
 *	worker		pciback's worker, for a guest that does what it likes
 *	pm		the PM core and its callbacks, runtime_suspend() and resume()
 *	device		signals PMEs
 *	pme_service	the kernel's handling of a PME: it clears PME_En, would clear
 *			PME_Status, and asks for a resume (pci_check_pme_status())
 *	hold_over	the end of the time for which a PME keeps it awake
 *	toolstack	says whom it gives the function to: expect()
 *	unowned		the work that lets a function sleep that nobody owns
 *
 * Claims: no config cycle of the worker reaches a function without power; a guest
 * that was told D0 has it until it writes D3hot; once all is quiet a PME that came
 * while its guest had it in D3hot is latched, no waiter is left behind, and who
 * owns a function in D0 keeps it awake.
 *
 * -DNO_... takes a guard away, and spin has to find what it is there for.
 */

#define GUEST	1	/* XPM_KEEP_* */
#define PME	2
#define CONFIG	4

mtype = { OPEN, CLOSING, CLOSED, ACTIVE, SUSPENDING, SUSPENDED, RESUMING };

mtype gate = OPEN;
mtype status = ACTIVE;
byte keep = GUEST;		/* non-zero: a usage reference is ours */
byte inflight;
bool power = true;
bool requested;			/* a resume is queued */

bool d0 = true;			/* the guest's PowerState */
bool told_d0 = true;		/* the guest's driver counts on it */
bool pme_status;		/* the guest's */
bool armed;

bool hw_status, hw_enable;
bool signalled;			/* a message is on its way */
bool pme_seen;			/* the gate kept PME_Status from being cleared */
byte hw_which, seen_which;	/* the PME that set hw_status, and pme_seen */
byte told_which;		/* that was latched last */
bool came;			/* a PME that the guest has to learn of */
bool clearing;			/* the guest's write that clears it has not returned */

bool owned = true;
bool claimed;			/* by the toolstack, a moment later */

/* A write of the PM core's that would clear PME_Status: write_pme_status() of gate.c */
inline core_clears()
{
#ifdef NO_STATUS_KEPT
	hw_status = false
#else
	if
	:: hw_status -> pme_seen = true; seen_which = hw_which
	:: else
	fi
#endif
}

/* xpm_wake_look(); valid is what it asks of where the function comes from. */
inline look(valid)
{
	atomic { noticed = pme_seen; which = seen_which; pme_seen = false };
	if
	:: atomic { hw_status -> noticed = true; which = hw_which };
		hw_status = false
#ifndef NO_FORGETTING
		;
		/* The kernel may note what this look is just taking. */
		pme_seen = false
#endif
	:: else
	fi;
	atomic {
		if
		:: noticed && !d0 && valid ->
			if
			:: !pme_status ->
				assert(which != told_which || clearing);
				pme_status = true;
				keep = keep | PME
			:: else
			fi;
			told_which = which
		:: else
		fi
	}
}

/* enter() of gate.c; passed says whether the cycle goes to hardware. */
inline enter(passed)
{
	do
	::
#ifdef NO_COUNT_FIRST
		state = gate;
		inflight++;
#else
		inflight++;
		state = gate;
#endif
		if
		:: state == OPEN -> passed = true; break
		:: state == CLOSED -> inflight--; passed = false; break
		:: else -> inflight--; gate != CLOSING
		fi
	od
}

/* xpm_power_wake(): keep first, then look. */
inline wake(reason)
{
#ifdef NO_KEEP_FIRST
	if
	:: gate == OPEN -> keep = keep | reason
	:: else -> keep = keep | reason; requested = true; gate == OPEN
	fi
#else
	keep = keep | reason;
	if
	:: gate == OPEN
	:: else -> requested = true; gate == OPEN
	fi
#endif
}

proctype worker()
{
	byte n;
	mtype state;
	bool passed;

	do
	:: n < 4 ->
		n++;
		if
		:: true ->		/* PMCSR: D3hot */
			atomic { d0 = false; told_d0 = false };
			atomic { keep = keep & ~(GUEST | PME) }
		:: !d0 ->		/* PMCSR: D0 */
			wake(GUEST);
			atomic {
				assert(power);
				d0 = true; told_d0 = true; armed = false;
				came = false
			};
			atomic { keep = keep & ~PME }
		:: pme_status ->	/* PMCSR: clears PME_Status, which it has read */
			clearing = true;
			atomic { pme_status = false; came = false };
			enter(passed);
			if
			:: passed ->
				atomic { assert(power); hw_status = false; inflight-- };
				/* xpm_wake_forget() */
				pme_seen = false
			:: else
			fi;
			atomic { clearing = false; keep = keep & ~PME }
		:: true ->		/* any other register */
			enter(passed);
			if
			:: passed -> assert(power); inflight--
			:: else ->
				wake(CONFIG);
				assert(power);
				atomic { keep = keep & ~CONFIG }
			fi
		fi
	:: else -> break
	od
}

proctype pm()
{
	bool noticed, wanted;
	byte which;

end:	do
	/* rpm_check_suspend_allowed(); later a count is not looked at again. */
	:: atomic { status == ACTIVE && !keep && !requested -> status = SUSPENDING };
		gate = CLOSING;
#ifndef NO_WAIT
		inflight == 0;
#endif
#ifndef NO_LOOK_BEFORE_SLEEP
		look(true);
#endif
		atomic {
#ifdef NO_KEEP_CHECK
			wanted = false;
#else
			wanted = keep != 0;
#endif
			if
			:: !wanted -> armed = !d0
			:: else
			fi
		};
		if
		:: wanted -> atomic { gate = OPEN; status = ACTIVE }
		:: else ->
			gate = CLOSED;
#ifndef NO_WAIT
			inflight == 0;
#endif
			/* __pci_pme_active() */
			atomic { core_clears(); hw_enable = armed };
			atomic { assert(!told_d0); power = false };
#ifndef NO_LOOK_ONCE_ARMED
			/* xpm_wake_armed() */
			atomic {
				core_clears();
				requested = requested || (armed && pme_seen)
			};
#endif
			status = SUSPENDED
		fi
	:: atomic { status == SUSPENDED && requested -> requested = false; status = RESUMING };
		atomic { power = true; core_clears(); hw_enable = false };
		look(armed);
		atomic { gate = OPEN; status = ACTIVE }
	:: atomic { status == ACTIVE && requested -> requested = false }
	od
}

proctype device()
{
	byte n;

	do
	:: n < 2 ->
		n++;
		atomic {
			!clearing ->
			/* An event is one that comes while PME_Status is clear. */
			came = came || (!d0 && !pme_status && !hw_status);
			hw_which = (hw_status -> hw_which : n);
			signalled = signalled || (hw_enable && !hw_status);
			hw_status = true
		}
	:: break
	od
}

proctype pme_service()
{
end:	do
	:: atomic { signalled -> signalled = false };
		atomic { core_clears(); hw_enable = false };
		requested = true
	od
}

/* pme_hold */
proctype hold_over()
{
end:	do
	:: atomic { keep & PME -> keep = keep & ~PME }
	od
}

proctype toolstack()
{
	owned = false;
	owned = true;
	/* expect() */
	if
	:: d0 -> keep = keep | GUEST
	:: else
	fi;
	requested = true;
	claimed = true
}

proctype unowned()
{
	/* Under handover, as the worker's write of PMCSR, which finds no owner. */
	if
	:: !owned ->
		atomic { keep = keep & ~GUEST; told_d0 = false };
#ifndef NO_SECOND_LOOK
		if
		:: owned && d0 -> keep = keep | GUEST; requested = true
		:: else
		fi
#endif
	:: else
	fi
}

init
{
	atomic {
		run pm();
#ifdef OWNER
		run toolstack();
		run unowned()
#else
		run worker();
		run device();
		run pme_service();
		run hold_over()
#endif
	};
	timeout;
	assert(!inflight && gate != CLOSING);
	assert(!came || pme_status || d0);
#ifdef OWNER
	assert(!claimed || !d0 || (keep & GUEST && power))
#endif
}
