// SPDX-License-Identifier: GPL-2.0-only
/*
 * alloc-fail - the Nth allocation of memory that a module makes, fails
 *
 *   module=NAME    whose: in the chain of callers it is the innermost module
 *   nth=N          (also later) which one, from now on; 0 for none. Reads as what
 *                  is left, 0 when it has failed.
 *   apart=NAME,... what is allocated by way of functions with one of these in their
 *                  names is no part of it
 *   within=N       (also later) but what the Nth of these names is for, is all of it;
 *                  0 for none
 *   where          (read) the innermost function of the module in that chain
 *
 * Unlike failslab it needs no kernel of its own, counts what a module allocates
 * in any task, work items included, and nothing else. Kprobes change the way of
 * should_failslab(), which is there in each kernel before 6.11; in newer ones,
 * of the allocating functions themselves.
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/kprobes.h>
#include <linux/kallsyms.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pgtable.h>
#include <linux/preempt.h>
#include <linux/ptrace.h>
#include <linux/stacktrace.h>

/* ACPICA's interpreter takes some, and the PM core, PCI and ACPI above it. */
#define DEPTH 64

static char *module = "xen_pciback_pm";
module_param(module, charp, 0444);
MODULE_PARM_DESC(module, "whose allocation fails");

static int nth;
module_param(nth, int, 0644);
MODULE_PARM_DESC(nth, "which one, from now on");

static char *apart[8];
static int aparts;
module_param_array(apart, charp, &aparts, 0444);
MODULE_PARM_DESC(apart, "by way of which functions is not counted");

static int within;
module_param(within, int, 0644);
MODULE_PARM_DESC(within, "by way of which of these is counted, and nothing else");

static char where[KSYM_SYMBOL_LEN];
module_param_string(where, where, sizeof(where), 0444);
MODULE_PARM_DESC(where, "which one that was");

static char in_module[MODULE_NAME_LEN + 3];

static bool is_in_a_module(unsigned long address)
{
	return address >= MODULES_VADDR && address < MODULES_END &&
	       !within_module(address, THIS_MODULE);
}

/* By way of which of those that are set apart: a bit for each. */
static unsigned long apart_in(const char *symbol)
{
	unsigned long found = 0;
	int i;

	for (i = 0; i < aparts; i++)
		if (strstr(symbol, apart[i]))
			found |= BIT(i);
	return found;
}

/*
 * Is this one that counts? If so, leaves the module's function's name in @symbol.
 * Looking for names takes long, and most allocations have no module to them.
 */
static bool is_meant(char *symbol)
{
	unsigned long entries[DEPTH], found = 0;
	int only = READ_ONCE(within);
	unsigned int i, own, n;

	n = stack_trace_save(entries, DEPTH, 0);
	for (own = 0; own < n; own++) {
		if (!is_in_a_module(entries[own]))
			continue;
		sprint_symbol_no_offset(symbol, entries[own]);
		/* The kprobe's trampoline is there as well, and has no name. */
		if (strchr(symbol, '['))
			break;
	}
	if (own == n || !strstr(symbol, in_module))
		return false;
	for (i = 0; i < own; i++) {
		sprint_symbol_no_offset(symbol, entries[i]);
		found |= apart_in(symbol);
	}
	sprint_symbol_no_offset(symbol, entries[own]);
	return only ? found & BIT(only - 1) : !found;
}

/* Where the allocation goes on instead: it returns at once. */
static noinline notrace void just_return(void)
{
	asm volatile("");
}

static int before(struct kprobe *probe, struct pt_regs *regs);

/* The kprobe may not be optimized, or its change of the way would be ignored. */
static void after(struct kprobe *probe, struct pt_regs *regs,
		  unsigned long flags)
{
}

#define PROBE(name) { \
	.symbol_name = name, .pre_handler = before, .post_handler = after, \
}

/* The first of them says whether to fail, the others are what fails. */
static struct kprobe probes[] = {
	PROBE("should_failslab"),
	PROBE("__kmalloc_noprof"),
	PROBE("__kmalloc_cache_noprof"),
	PROBE("__kmalloc_node_noprof"),
	PROBE("__kmalloc_node_track_caller_noprof"),
	PROBE("kmem_cache_alloc_noprof"),
	PROBE("kmem_cache_alloc_lru_noprof"),
};

static int before(struct kprobe *probe, struct pt_regs *regs)
{
	char symbol[KSYM_SYMBOL_LEN];
	int left;

	/* An interrupt is nobody's; kprobes themselves may be one, so not in_task(). */
	if (!READ_ONCE(nth) || in_serving_softirq() || !is_meant(symbol))
		return 0;
	do {
		left = READ_ONCE(nth);
		if (left <= 0)
			return 0;
	} while (cmpxchg(&nth, left, left - 1) != left);
	if (left > 1)
		return 0;
	strscpy(where, symbol, sizeof(where));
	regs_set_return_value(regs, probe == probes ? -ENOMEM : 0);
	instruction_pointer_set(regs, (unsigned long)just_return);
	return 1;
}

static int __init alloc_fail_init(void)
{
	unsigned int i, found = 0;

	snprintf(in_module, sizeof(in_module), "[%s]", module);
	for (i = 0; i < ARRAY_SIZE(probes) && !probes[0].addr; i++) {
		if (register_kprobe(&probes[i]))
			probes[i].addr = NULL;
		else
			found++;
	}
	return found ? 0 : -ENOENT;
}

static void __exit alloc_fail_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(probes); i++)
		if (probes[i].addr)
			unregister_kprobe(&probes[i]);
}

module_init(alloc_fail_init);
module_exit(alloc_fail_exit);
MODULE_DESCRIPTION("The Nth allocation of a module fails");
MODULE_LICENSE("GPL");
