// SPDX-License-Identifier: GPL-2.0-only
/*
 * delay-at - who calls a function of the kernel is delayed there
 *
 *   symbol=NAME    which one
 *   ms=MS          (also later) for how long
 *   until=NAME     or until somebody calls that one
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

static char *until;
module_param(until, charp, 0444);
MODULE_PARM_DESC(until, "or until that function is called");

static unsigned int hits;
module_param(hits, uint, 0444);
MODULE_PARM_DESC(hits, "how often");

static bool over;

static int delay(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned int left;

	WRITE_ONCE(hits, hits + 1);
	for (left = READ_ONCE(ms); left && !READ_ONCE(over); left--)
		mdelay(1);
	pr_info("%s: late enough\n", symbol);
	return 0;
}

static int end(struct kprobe *probe, struct pt_regs *regs)
{
	WRITE_ONCE(over, true);
	return 0;
}

static struct kprobe begins = { .pre_handler = delay };
static struct kprobe ends = { .pre_handler = end };

static int __init delay_at_init(void)
{
	int ret;

	if (!symbol)
		return -EINVAL;
	begins.symbol_name = symbol;
	ends.symbol_name = until;
	if (until) {
		ret = register_kprobe(&ends);
		if (ret)
			return ret;
	}
	ret = register_kprobe(&begins);
	if (ret && until)
		unregister_kprobe(&ends);
	return ret;
}
module_init(delay_at_init);

static void __exit delay_at_exit(void)
{
	unregister_kprobe(&begins);
	if (until)
		unregister_kprobe(&ends);
}
module_exit(delay_at_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Delays who calls a function, for tests");
