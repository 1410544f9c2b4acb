// SPDX-License-Identifier: GPL-2.0-only
/*
 * pciback-time - how long xen-pciback's handlers of config accesses take
 *
 * From the entry of xen_pcibk_config_read() or _write() to its return, by
 * kretprobes, which cost time of their own within that: as much as they make of a
 * function that does nothing.
 *
 *   last       (read) nanoseconds that the last one took, or 0 if there was none
 *              since this was read last
 *   nothing    (read) nanoseconds that a function took that does nothing
 */
#include <linux/kernel.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/timekeeping.h>

static u64 last;
static u64 nothing;

static int enter(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	*(u64 *)ri->data = ktime_get_mono_fast_ns();
	return 0;
}

static u64 since_enter(struct kretprobe_instance *ri)
{
	return ktime_get_mono_fast_ns() - *(u64 *)ri->data;
}

static int leave(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	WRITE_ONCE(last, since_enter(ri));
	return 0;
}

static int leave_nothing(struct kretprobe_instance *ri, struct pt_regs *regs)
{
	WRITE_ONCE(nothing, since_enter(ri));
	return 0;
}

noinline void pciback_time_nothing(void);

noinline void pciback_time_nothing(void)
{
	barrier();
}

static struct kretprobe at_read = {
	.kp.symbol_name = "xen_pcibk_config_read",
	.entry_handler = enter,
	.handler = leave,
	.data_size = sizeof(u64),
};

static struct kretprobe at_write = {
	.kp.symbol_name = "xen_pcibk_config_write",
	.entry_handler = enter,
	.handler = leave,
	.data_size = sizeof(u64),
};

static struct kretprobe at_nothing = {
	.kp.symbol_name = "pciback_time_nothing",
	.entry_handler = enter,
	.handler = leave_nothing,
	.data_size = sizeof(u64),
};

static struct kretprobe *probes[] = { &at_read, &at_write, &at_nothing };

static int get_last(char *buffer, const struct kernel_param *kp)
{
	return sprintf(buffer, "%llu\n", xchg(&last, 0));
}

static int get_nothing(char *buffer, const struct kernel_param *kp)
{
	pciback_time_nothing();
	return sprintf(buffer, "%llu\n", READ_ONCE(nothing));
}

static const struct kernel_param_ops last_ops = { .get = get_last };
static const struct kernel_param_ops nothing_ops = { .get = get_nothing };
module_param_cb(last, &last_ops, NULL, 0444);
module_param_cb(nothing, &nothing_ops, NULL, 0444);

static int __init pciback_time_init(void)
{
	return register_kretprobes(probes, ARRAY_SIZE(probes));
}
module_init(pciback_time_init);

static void __exit pciback_time_exit(void)
{
	unregister_kretprobes(probes, ARRAY_SIZE(probes));
}
module_exit(pciback_time_exit);

MODULE_DESCRIPTION("Times xen-pciback's handlers");
MODULE_LICENSE("GPL");
