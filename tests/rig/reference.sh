# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
#
# What a front end sees of a function, in a stable text form: every read, a list
# of writes with their errors, every read again.

# reference_reads: config space at all widths, then what is out of bounds
reference_reads() {
	local width

	fe_cmd raw on
	for width in 1 2 4; do
		echo "read, width $width"
		fe_dump $width
	done
	echo "read, width 4, extended"
	fe_dump 4 0x100 0x200
	fe_cmd raw off
	echo "read, not valid"
	for access in "1 2" "2 4" "3 2" "0 3" "0 0" "0x1000 4"; do
		# shellcheck disable=SC2086 # two words
		echo "$access: $(r $access)"
	done
}

# reference_writes: OFFSET SIZE VALUE -> error, and what is read then
reference_writes() {
	local offset size value error

	echo "write"
	while read -r offset size value; do
		error=$(w "$offset" "$size" "$value")
		echo "$offset $size $value: $error $(r "$offset" "$size")"
	done <<-EOF
	0x00 2 0x1234
	0x04 2 0x0007
	0x04 2 0x0400
	0x04 1 0x06
	0x04 4 0xffff0000
	0x04 2 0x0000
	0x06 2 0xffff
	0x0c 1 0x10
	0x0d 1 0x40
	0x0f 1 0x40
	0x10 4 0xffffffff
	0x10 4 0x00000000
	0x14 2 0xffff
	0x18 4 0xffffffff
	0x30 4 0xfffffffe
	0x3c 1 0x0a
	0x3d 1 0x02
	0x44 4 0x12345678
	0xc8 2 0xffff
	0xca 2 0xffff
	0xca 1 0xff
	0xcc 2 0x0100
	0xcd 1 0x01
	0xcc 2 0x8000
	0xcd 1 0x80
	0xcc 2 0x0200
	0xcc 2 0x0001
	0xcc 2 0x0002
	0xcc 2 0x0003
	0xcc 1 0x00
	0xcc 4 0x00000003
	0xcc 4 0x00000000
	0xcc 1 0x03
	0xcc 2 0x0000
	0xce 1 0xff
	0xcf 1 0xff
	0xd0 2 0xffff
	0xd2 2 0x0001
	0xd4 4 0xfee00000
	0xa2 2 0x8000
	0xa2 2 0x4000
	0xe8 2 0xffff
	0xf0 4 0xffffffff
	0x100 4 0xffffffff
	0x01 2 0xffff
	0x00 3 0xffff
	EOF
}

# reference FILE: all of it, through a front end of its own
reference() {
	check "front end connects" fe_start $FN
	{
		reference_reads
		reference_writes
		reference_reads
	} >"$1" 2>&1
	check "front end detaches" fe_stop
	check_not "every operation was answered" grep -E 'timeout|E-1|no-answer' "$1"
}
