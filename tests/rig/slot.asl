// SPDX-License-Identifier: GPL-2.0-only
//
// A slot whose power can really be cut, for the root port at 00:02.0 of QEMU's
// q35 machine, which the machine's own DSDT calls \_SB.PCI0.S10.
//
// Power Controller Control (bit 10 of Slot Control) makes QEMU switch the
// function in the slot off: config reads give all ones, its BARs are unmapped,
// and it comes back reset. That is D3cold, not a name for D3hot.
//
// Variants, chosen with the C preprocessor's -D:
//   NO_POWER_RESOURCE   no _PR0 and _PR3: nothing can cut the power
//   NO_PRW              no _PRW: ACPI cannot wake the machine or the function
//   S0W=N               deepest state with wake in S0, 4 (D3cold) by default
//   NO_S0W              no _S0W at all
//   SLOW=N              power comes back N ms late
//   MULTIFUNCTION       function 1 of the slot's device shares the power
//   PORT_POWER          the power is the port's, and the functions' with it
//   PORT_PRW            the port has a _PRW (GPE 6; the functions' is GPE 5)
//
// \DLAY (N) makes power late at run time, \FAIL (N) lets it fail to come the
// next N times that it is switched on, without a word, as broken hardware does.
// \ABRT (N) has the next N of _ON and _OFF end in an error, as broken firmware does.

#ifndef S0W
#define S0W 4
#endif
#ifndef SLOW
#define SLOW 0
#endif
#ifdef PORT_POWER
#define NO_POWER_RESOURCE
#endif

DefinitionBlock ("slot.aml", "SSDT", 2, "XPMRIG", "SLOTPWR", 0x00000001)
{
	External (\_SB.PCI0.S10, DeviceObj)
	External (\_SB.PCI0.S10.S00, DeviceObj)

	// What is written here ends up in a file outside of the machine, which
	// nothing inside can change afterwards. Not 0x402: SeaBIOS logs there.
	OperationRegion (\RIGO, SystemIO, 0x404, 1)
	Field (\RIGO, ByteAcc, NoLock, Preserve)
	{
		RIGB, 8
	}

	Scope (\_SB.PCI0.S10)
	{
		// The PCI Express capability of QEMU's root port is at 0x54.
		OperationRegion (PCEX, PCI_Config, 0x54, 0x3c)
		Field (PCEX, WordAcc, NoLock, Preserve)
		{
			Offset (0x18),
			SLCT, 16
		}

		Name (PWON, One)
		Name (LATE, SLOW)
		Name (LOST, Zero)
		Name (BRKN, Zero)
		Name (NULL, Zero)

		PowerResource (SLPW, 0, 0)
		{
			Method (_STA)
			{
				Return (PWON)
			}

			Method (_ON, 0, Serialized)
			{
				If (BRKN)
				{
					BRKN--
					Local0 = One / NULL
				}
				// ACPICA sleeps for no more than 2 s at a time.
				Local0 = LATE
				While (Local0 > 2000)
				{
					Sleep (2000)
					Local0 -= 2000
				}
				If (Local0)
				{
					Sleep (Local0)
				}
				If (LOST)
				{
					LOST--
					RIGB = 0x58	// 'X'
					Return
				}
				RIGB = 0x31		// '1'
				SLCT &= 0xfbff
				PWON = One
			}

			Method (_OFF, 0, Serialized)
			{
				If (BRKN)
				{
					BRKN--
					Local0 = One / NULL
				}
				RIGB = 0x30		// '0'
				SLCT |= 0x0400
				PWON = Zero
			}
		}
	}

#ifdef PORT_POWER
	Scope (\_SB.PCI0.S10)
	{
		Name (_PR0, Package () { \_SB.PCI0.S10.SLPW })
		Name (_PR3, Package () { \_SB.PCI0.S10.SLPW })
	}
#endif

#ifdef PORT_PRW
	Scope (\_SB.PCI0.S10)
	{
		Name (_PRW, Package () { 6, 4 })
	}
#endif

#ifdef MULTIFUNCTION
	Device (\_SB.PCI0.S10.S01)
	{
		Name (_ADR, One)
#ifndef NO_POWER_RESOURCE
		Name (_PR0, Package () { \_SB.PCI0.S10.SLPW })
		Name (_PR3, Package () { \_SB.PCI0.S10.SLPW })
#endif
#ifndef NO_PRW
		// Linux wakes those that share a power resource only if each
		// has one of these (pci_acpi_setup()).
		Name (_PRW, Package () { 5, 4 })
#endif
	}
#endif

	Scope (\_SB.PCI0.S10.S00)
	{
#ifndef NO_POWER_RESOURCE
		Name (_PR0, Package () { \_SB.PCI0.S10.SLPW })
		Name (_PR3, Package () { \_SB.PCI0.S10.SLPW })
#endif
#ifndef NO_PRW
		Name (_PRW, Package () { 5, 4 })
#endif
#ifndef NO_S0W
		Name (_S0W, S0W)
#endif
	}

	// SeaBIOS does not give the chip set its registers' addresses back on the way
	// out of S3, as firmware has to: PMBASE and ACPI_CNTL of ICH9's LPC bridge,
	// PCIEXBAR of the host bridge. Without them it would never enter S3 again,
	// and extended config space is gone.
	OperationRegion (\CONF, SystemIO, 0xcf8, 8)
	Field (\CONF, DWordAcc, NoLock, Preserve)
	{
		CADR, 32,
		CDAT, 32
	}

	Method (\_WAK, 1)
	{
		CADR = 0x8000f840
		CDAT = 0x00000601
		CADR = 0x8000f844
		CDAT = 0x00000080
		CADR = 0x80000060
		CDAT = 0xb0000001
		Return (Package () { Zero, Zero })
	}

	// A wake from the function, as firmware reports it when WAKE# is
	// asserted: the only way out of D3cold that the function has.
	Method (\WAKE)
	{
		Notify (\_SB.PCI0.S10.S00, 2)
	}

#ifdef MULTIFUNCTION
	Method (\WAK1)
	{
		Notify (\_SB.PCI0.S10.S01, 2)
	}
#endif

	// A wake from somewhere below the port, where firmware knows no more.
	Method (\WAKP)
	{
		Notify (\_SB.PCI0.S10, 2)
	}

	Method (\DLAY, 1)
	{
		\_SB.PCI0.S10.LATE = Arg0
	}

	Method (\FAIL, 1)
	{
		\_SB.PCI0.S10.LOST = Arg0
	}

	Method (\ABRT, 1)
	{
		\_SB.PCI0.S10.BRKN = Arg0
	}

	// The power switch by hand, past the kernel's bookkeeping.
	Method (\PWRC, 1)
	{
		If (Arg0)
		{
			\_SB.PCI0.S10.SLPW._ON ()
		}
		Else
		{
			\_SB.PCI0.S10.SLPW._OFF ()
		}
	}
}
