// SPDX-License-Identifier: GPL-2.0-only
/*
 * delay-at - who calls a function of the kernel is delayed there
 *
 *   symbol=NAME    which one
 *   ms=MS          (also later) for how long
 *   hits           (read) how often
 *
 * It spins, since a probe may not sleep: the other CPUs go on. The log has when it
 * ended.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static char *symbol;
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "where");

static unsigned int ms;
module_param(ms, uint, 0644);
MODULE_PARM_DESC(ms, "for how long");

static unsigned int hits;
module_param(hits, uint, 0444);
MODULE_PARM_DESC(hits, "how often");

static int delay(struct kprobe *probe, struct pt_regs *regs)
{
	WRITE_ONCE(hits, hits + 1);
	mdelay(READ_ONCE(ms));
	pr_info("%s: late enough\n", symbol);
	return 0;
}

static struct kprobe probe = { .pre_handler = delay };

static int __init delay_at_init(void)
{
	if (!symbol)
		return -EINVAL;
	probe.symbol_name = symbol;
	return register_kprobe(&probe);
}
module_init(delay_at_init);

static void __exit delay_at_exit(void)
{
	unregister_kprobe(&probe);
}
module_exit(delay_at_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Delays who calls a function, for tests");
