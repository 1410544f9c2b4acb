// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's accesses of config space; see accesses.h.
 */
#include "accesses.h"
#include "chance.h"

struct xpm_vpm model;

int interesting[160];
int nr_interesting;
int pm_cap, exp_devctl, msi_message;

/* Those with a handler of its own. */
static int favourites[16];
static int nr_favourites;

uint32_t mask_of(int size)
{
	return size == 4 ? ~0u : (1u << 8 * size) - 1;
}

/* As merge_value() of drivers/xen/xen-pciback/conf_space.c. */
static uint32_t merge(uint32_t value, uint32_t add, uint32_t mask, int offset)
{
	if (offset >= 0) {
		mask <<= offset * 8;
		add <<= offset * 8;
	} else {
		mask >>= offset * -8;
		add >>= offset * -8;
	}
	return (value & ~mask) | (add & mask);
}

bool valid(int offset, int size)
{
	return (size == 1 || size == 2 || size == 4) && !(offset % size);
}

bool covers(int offset, int size, int where, int len)
{
	return offset < where + len && offset + size > where;
}

uint32_t model_over(int offset, int size, uint32_t value)
{
	int pmc = pm_cap + PCI_PM_PMC, pmcsr = pm_cap + PCI_PM_CTRL;

	if (!valid(offset, size))
		return value;
	if (covers(offset, size, pmc, 2))
		value = merge(value, model.pmc, 0xffff, pmc - offset);
	if (covers(offset, size, pmcsr, 2))
		value = merge(value, xpm_vpm_pmcsr(&model), 0xffff,
			      pmcsr - offset);
	return value;
}

void model_write(int offset, int size, uint32_t value)
{
	int pmcsr = pm_cap + PCI_PM_CTRL;
	uint32_t merged = xpm_vpm_pmcsr(&model) & ~PCI_PM_CTRL_PME_STATUS;
	unsigned int request;

	if (!valid(offset, size) || !covers(offset, size, pmcsr, 2))
		return;
	merged = merge(merged, value, mask_of(size), offset - pmcsr);
	request = xpm_vpm_write(&model, merged);
	if (request & XPM_VPM_WANTS_D3HOT)
		model.state = XPM_VPM_D3HOT;
	if (request & XPM_VPM_WANTS_D0)
		model.state = XPM_VPM_D0;
}

static void add_interesting(int offset, int size)
{
	for (; size > 0; offset += 2, size -= 2)
		if (nr_interesting < (int)(sizeof(interesting) / sizeof(int)))
			interesting[nr_interesting++] = offset;
}

static void add_favourite(int offset)
{
	if (nr_favourites < (int)(sizeof(favourites) / sizeof(int)))
		favourites[nr_favourites++] = offset;
}

static int value_at(const uint8_t *config, int offset, int size)
{
	int i, value = 0;

	for (i = 0; i < size; i++)
		value |= config[offset + i] << 8 * i;
	return value;
}

bool find_registers(const uint8_t *config)
{
	int cap, header;

	add_interesting(PCI_COMMAND, 4);
	add_favourite(PCI_COMMAND);
	add_favourite(PCI_CACHE_LINE_SIZE);
	add_favourite(PCI_BIST);
	add_favourite(PCI_BASE_ADDRESS_0);
	add_favourite(PCI_ROM_ADDRESS);
	add_interesting(PCI_CACHE_LINE_SIZE, 4);
	add_interesting(PCI_BASE_ADDRESS_0, 24);
	add_interesting(PCI_ROM_ADDRESS, 4);
	add_interesting(PCI_INTERRUPT_LINE, 4);
	for (cap = config[PCI_CAPABILITY_LIST]; cap;
	     cap = config[cap + PCI_CAP_LIST_NEXT]) {
		switch (config[cap]) {
		case PCI_CAP_ID_PM:
			pm_cap = cap;
			add_interesting(cap, PCI_PM_SIZEOF);
			add_favourite(cap + PCI_PM_CTRL);
			break;
		case PCI_CAP_ID_MSI:
			msi_message = cap + PCI_MSI_ADDRESS_LO;
			add_interesting(cap, MSI_LENGTH);
			add_favourite(cap + PCI_MSI_FLAGS);
			break;
		case PCI_CAP_ID_MSIX:
			add_interesting(cap, PCI_CAP_MSIX_SIZEOF);
			add_favourite(cap + PCI_MSIX_FLAGS);
			break;
		case PCI_CAP_ID_EXP:
			exp_devctl = cap + PCI_EXP_DEVCTL;
			add_favourite(exp_devctl);
			add_interesting(cap, PCI_CAP_EXP_ENDPOINT_SIZEOF_V2);
			break;
		default:
			add_interesting(cap, 8);
		}
	}
	for (cap = 256; cap; cap = PCI_EXT_CAP_NEXT(header)) {
		header = value_at(config, cap, 4);
		add_interesting(cap, PCI_EXT_CAP_ID(header) == PCI_EXT_CAP_ID_ERR ?
				     PCI_ERR_ROOT_COMMAND : 8);
	}
	return pm_cap && msi_message && exp_devctl;
}

int some_size(void)
{
	return percent(1) ? any(9) : 1 << any(3);
}

int some_offset(int size)
{
	int offset, where = any(100);

	if (where < 20)
		offset = favourites[any(nr_favourites)];
	else if (where < 55)
		offset = interesting[any(nr_interesting)] + any(3) - any(2);
	else if (where < 80)
		offset = any(256);
	else if (where < 97)
		offset = 256 + any(CONFIG_SPACE - 256);
	else
		offset = CONFIG_SPACE - 8 + any(32);
	if (size && percent(90))
		offset -= offset % size;
	return offset;
}

uint32_t some_value(int size)
{
	switch (any(5)) {
	case 0:
		return 0;
	case 1:
		return mask_of(size ? size : 4);
	case 2:
		return 1u << any(32);
	case 3:
		/* What COMMAND is usually written with. */
		return any(8) | percent(30) << 4 | percent(30) << 10;
	default:
		return any64();
	}
}

uint32_t some_pmcsr(void)
{
	uint32_t value = percent(50) * PCI_PM_CTRL_PME_ENABLE;

	value |= percent(90) ? any(2) * XPM_VPM_D3HOT : any(4);
	value |= percent(25) * PCI_PM_CTRL_PME_STATUS;
	value |= percent(20) * (any64() & PCI_PM_CTRL_DATA_SEL_MASK);
	if (percent(10))
		value |= any64();
	return value;
}

void some_pmcsr_write(int *offset, int *size, uint32_t *value)
{
	*value = some_pmcsr();
	*offset = pm_cap + PCI_PM_CTRL;
	switch (any(4)) {
	case 0:
		*offset += 1;
		*size = 1;
		*value = *value >> 8 & 0xff;
		break;
	case 1:
		*size = 1;
		*value &= 0xff;
		break;
	case 2:
		*size = 2;
		*value &= 0xffff;
		break;
	default:
		*size = 4;
	}
}
