# SPDX-License-Identifier: GPL-2.0-only
# gnuplot -e "results='DIR'" plot.gp: of what figures has written there, bench.svg
# and bench.png
set datafile separator tab
ratios = results . "/ratios.dat"
goal = 'with points pt 2 ps 1.2 lc rgb "#c00000" title "goal, at most"'
clock = 'with xerrorbars pt 7 ps 0.8 lc rgb "#1f77b4" title "by the clock"'
instructions = 'with xerrorbars pt 5 ps 0.8 lc rgb "#2ca02c" title "in instructions"'
panel = 'plot ratios index part using 2:0:ytic(1) @goal, ratios index part using 3:($0-0.12):4:5 @clock, ratios index part using 6:($0+0.12):7:8 @instructions'
beside = 'plot ratios index 2 using 3:($0-0.12):4:5:ytic(1) @clock, ratios index 2 using 6:($0+0.12):7:8 @instructions'

do for [out in "svg png"] {
	if (out eq "svg") {
		set terminal svg size 1500,1360 font "sans,13" background "white"
	} else {
		set terminal pngcairo size 1500,1360 font "sans,11" background "white"
	}
	set output results . "/bench." . out
	set multiplot
	set lmargin at screen 0.40
	set rmargin at screen 0.97
	set yrange [*:*] reverse
	set offsets 0, 0, 0.7, 0.7
	set grid x
	set key bottom right

	part = 0
	set origin 0, 0.68
	set size 1, 0.32
	set title "What it costs: ratios to stock xen-pciback, to the module not loaded, to a driver in dom0"
	set xrange [0.95:1.25]
	set xtics 0.05
	@panel

	part = 1
	set origin 0, 0.46
	set size 1, 0.22
	set title "What it saves: ratios to stock xen-pciback"
	set logscale x
	set xrange [0.001:2]
	set xtics ("1/1000" 0.001, "1/100" 0.01, "1/10" 0.1, "1/2" 0.5, "1" 1)
	set key top left
	@panel

	set origin 0, 0.27
	set size 1, 0.19
	set title "Into D3cold and out of it, with Xen and without: ratios to the PM core alone, on the same machine"
	unset logscale
	set xrange [0.9:*]
	set xtics autofreq
	set key bottom right
	@beside

	set origin 0, 0
	set size 1, 0.27
	set logscale x
	set title "From a PME until the guest calls its driver, in a machine whose instructions take 1 ns each"
	set lmargin at screen 0.08
	unset ytics
	set ytics 0, 0.25, 1
	unset offsets
	set xrange [1:2000]
	set xtics autofreq
	set xlabel "ms"
	set yrange [0:1] noreverse
	set ylabel "share of PMEs"
	set datafile separator whitespace
	set key top left
	plot for [i=0:1] results . "/pme.dat" index i using 1:2 with steps lw 2 title columnheader(1)

	set datafile separator tab
	unset xlabel
	unset ylabel
	unset logscale
	unset multiplot
}
