# SPDX-License-Identifier: GPL-2.0-only
#
# A trace of the module's tracepoints, as trace-cmd report or the kernel's file
# `trace` has it, becomes an SVG: for each function what its guest asked for, how
# deep it slept, what woke it, PMEs, and its port. Lines of anything else are
# passed over, but for the marks of xen-pciback-pm timeline --record, which have
# what no tracepoint tells: the state at the beginning, and the port's.
# POSIX awk: mawk, gawk and busybox have no more in common.

BEGIN {
	width = 1200
	left = 170
	right = 1170
	colour["D0"] = "#f0a340"; ink["D0"] = "#402400"
	colour["D3hot"] = "#9ecae8"; ink["D3hot"] = "#10304a"
	colour["D3cold"] = "#1f5f9f"; ink["D3cold"] = "#ffffff"
	colour["dead"] = "#c62828"; ink["dead"] = "#ffffff"
	colour["up"] = "#f0a340"; ink["up"] = "#402400"
	colour["asleep"] = "#1f5f9f"; ink["asleep"] = "#ffffff"
	colour["owned"] = "#dcd3e8"; ink["owned"] = "#38294d"
	colour["nobody"] = "#f2f2f2"; ink["nobody"] = "#666666"
	colour["unknown"] = "url(#unknown)"; ink["unknown"] = "#555555"
	cause_colour["guest"] = "#7b3fa0"
	cause_colour["pme"] = "#d81b60"
	cause_colour["config"] = "#00796b"
	cause_colour["host"] = "#555555"
	cause_colour["reset"] = "#8d6e00"
	cause_colour["sleep"] = "#3949ab"
	causes = split("guest pme config host reset sleep", cause_name, " ")
}

/LOST [0-9]+ EVENTS/ { lost = 1 }

match($0, /[0-9]+\.[0-9]+: /) {
	time = substr($0, RSTART, RLENGTH - 2) + 0
	rest = substr($0, RSTART + RLENGTH)
	sub(/^ +/, "", rest)
	if (rest ~ /^(print|tracing_mark_write): .*xen-pciback-pm: /)
		sub(/^.*xen-pciback-pm: /, "mark: ", rest)
	if (rest !~ /^(mark|xpm_[a-z_]+): +[0-9a-f:]+\.[0-7]( |$)/)
		next
	event = rest
	sub(/:.*/, "", event)
	words = split(rest, word, " ")
	what = word[2]
	split("", has)
	for (i = 3; i <= words; i++)
		if (at = index(word[i], "="))
			has[substr(word[i], 1, at - 1)] = substr(word[i], at + 1)
	take()
}

# hex TEXT: awk has no such thing
function hex(text,   i, n) {
	n = 0
	text = tolower(text)
	sub(/^0x/, "", text)
	for (i = 1; i <= length(text); i++)
		n = n * 16 + index("0123456789abcdef", substr(text, i, 1)) - 1
	return n
}

# becomes LANE STATE: from now on
function becomes(lane, state,   k, n) {
	k = what SUBSEP lane
	n = changes[k] + 0
	if (n && state_at[k, n] == state)
		return
	changes[k] = ++n
	time_at[k, n] = time
	state_at[k, n] = state
}

function known(lane) {
	return (what SUBSEP lane) in changes
}

# was LANE STATE: all the time since the beginning, if nothing else is known
function was(lane, state) {
	if (!known(lane))
		before[what, lane] = state
}

function owned_by(domain) {
	becomes("owner", domain == "none" || domain < 0 ? "nobody" : "domain " domain)
}

# port_state STATUS: runtime_status in a word of ours
function port_state(status) {
	if (status == "suspended")
		return "asleep"
	return status == "active" ? "up" : "unknown"
}

function take(   value) {
	if (!seen[what]++)
		functions[++count] = what
	if (!started++)
		first = time
	if (time > last || started == 1)
		last = time
	if (event == "xpm_sleep") {
		was("host", "D0")
		becomes("host", has["state"])
	} else if (event == "xpm_wake") {
		was("host", has["from"])
		becomes("host", has["alive"] == 0 ? "dead" : "D0")
		wake_at[what, ++wakes[what]] = time
		wake_by[what, wakes[what]] = has["cause"]
		woken[what, has["cause"]]++
	} else if (event == "xpm_pme") {
		pme_at[what, ++pmes[what]] = time
	} else if (event == "xpm_owner") {
		owned_by(has["owner"] + 0)
		# Whoever gets it finds it in D0, with PME_En clear.
		becomes("guest", has["owner"] < 0 ? "nobody" : "D0")
		becomes("wants", "no")
	} else if (event == "xpm_guest_write") {
		value = hex(has["pmcsr"])
		becomes("guest", value % 4 == 3 ? "D3hot" : "D0")
		becomes("wants", int(value / 256) % 2 ? "yes" : "no")
	} else if (event == "mark") {
		if ("port" in has) {
			port[what] = has["port"]
			becomes("port", port_state(has["is"]))
		}
		# An event is more exact than a look at about the same time.
		if ("host" in has && !known("host"))
			becomes("host", (has["host"] in colour) ? has["host"] : "unknown")
		if ("owner" in has && !known("owner"))
			owned_by(has["owner"])
		if ("guest" in has && !known("guest")) {
			becomes("guest", has["owner"] == "none" ? "nobody" : has["guest"])
			becomes("wants", has["pme"] == 1 ? "yes" : "no")
		}
	}
}

function x_of(t) {
	return left + (t - first) * (right - left) / span
}

# said SECONDS: with as many digits as tell something
function said(s) {
	if (s < 0.0995)
		return sprintf("%.0f ms", s * 1000)
	if (s < 9.95)
		return sprintf("%.1f s", s)
	if (s < 600)
		return sprintf("%.0f s", s)
	if (s < 7200)
		return sprintf("%.0f min", s / 60)
	return sprintf("%.1f h", s / 3600)
}

# label X Y SIZE ATTRIBUTES TEXT
function label(x, y, size, attributes, text) {
	printf "<text x=\"%.1f\" y=\"%.1f\" font-size=\"%s\" %s>%s</text>\n",
		x, y, size, attributes, text
}

# How wide a text of that size is, at most.
function wide(text, size) {
	return length(text) * size * 0.62
}

# bar LANE Y HEIGHT: the lane's states one after the other. What is narrower than
# can be seen belongs to what follows.
function bar(lane, y, height,   k, i, n, from, since, to, state, x, w, kind, text) {
	k = what SUBSEP lane
	n = changes[k] + 0
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"url(#unknown)\"/>\n",
		left, y, right - left, height
	from = since = first
	state = (what, lane) in before ? before[what, lane] : "unknown"
	for (i = 1; i <= n + 1; i++) {
		to = i <= n ? time_at[k, i] : last
		x = x_of(from)
		w = x_of(to) - x
		if (lane == "host")
			spent[what, state] += to - since
		since = to
		if (w >= 0.3 && state != "unknown") {
			kind = state ~ /^domain/ ? "owned" : state
			text = state == "dead" ? "did not come back" : state
			printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s, from %.3f s to %.3f s (%s)</title></rect>\n",
				x, y, w, height, colour[kind], text, from - first,
				to - first, said(to - from)
			if (lane != "owner" && wide(text " " said(to - from), 11) < w - 8)
				text = text " " said(to - from)
			if (wide(text, 11) < w - 8 && !(lane == "guest" && state == "nobody"))
				label(x + w / 2, y + height / 2 + 4, 11,
				      "text-anchor=\"middle\" fill=\"" ink[kind] "\"", text)
		}
		if (w >= 0.3 || i > n || to == first)
			from = to
		state = i <= n ? state_at[k, i] : state
	}
}

# wanted Y: a line where the guest has PME_En set
function wanted(y,   k, i, n, to) {
	k = what SUBSEP "wants"
	n = changes[k] + 0
	for (i = 1; i <= n; i++) {
		to = i < n ? time_at[k, i + 1] : last
		if (state_at[k, i] == "yes" && x_of(to) - x_of(time_at[k, i]) >= 0.3)
			printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"4\" fill=\"%s\"><title>PME_En set</title></rect>\n",
				x_of(time_at[k, i]), y, x_of(to) - x_of(time_at[k, i]), cause_colour["pme"]
	}
}

function triangle(x, y) {
	printf "<path d=\"M%.1f %.1f l-6 11 h12 z\" fill=\"%s\" stroke=\"#ffffff\" stroke-width=\"0.7\"/>\n",
		x, y, cause_colour["pme"]
}

# woken_marks Y: who woke it, with a word where there is room
function woken_marks(y,   i, x, next_x, by, drawn) {
	drawn = -1
	for (i = 1; i <= wakes[what]; i++) {
		x = x_of(wake_at[what, i])
		if (drawn >= 0 && x - drawn < 1)
			continue
		by = wake_by[what, i]
		next_x = i < wakes[what] ? x_of(wake_at[what, i + 1]) : right + 30
		printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"3\" height=\"16\" fill=\"%s\"><title>woken by %s at %.3f s</title></rect>\n",
			x - 1.5, y, cause_colour[by], by, wake_at[what, i] - first
		if (next_x - x > wide(by, 11) + 10)
			label(x + 4, y + 12, 11, "fill=\"" cause_colour[by] "\"", by)
		drawn = x
	}
}

# pme_marks Y UP DOWN: with a line through the lanes between UP and DOWN, where
# they are not too many to see anything else
function pme_marks(y, up, down,   i, x, drawn) {
	drawn = -1
	for (i = 1; i <= pmes[what]; i++) {
		x = x_of(pme_at[what, i])
		if (drawn >= 0 && x - drawn < 4)
			continue
		if (pmes[what] <= 60)
			printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-dasharray=\"3 2\"/>\n",
				x, x, up, down, cause_colour["pme"]
		triangle(x, y)
		drawn = x
	}
}

# ticks DOWN: the axis of time, and its lines through the lanes
function ticks(down,   step, t, n, f, text) {
	step = 0.001
	for (n = 0; span / step > 12; n++)
		step *= n % 3 == 1 ? 2.5 : 2
	# Minutes and hours are no tens.
	if (step > 25) {
		n = split("30 60 120 300 600 1800 3600 7200 14400 43200", nice, " ")
		for (step = 1; step < n && span / nice[step] > 12; )
			step++
		step = nice[step]
		while (span / step > 12)
			step *= 2
	}
	for (n = 0; n * step <= span * 1.0001; n++) {
		t = n * step
		for (f = 0; f < count; f++)
			printf "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#d5d5d5\"/>\n",
				x_of(first + t), x_of(first + t), top + f * group + 26,
				top + (f + 1) * group
		if (step < 1)
			text = sprintf("%g s", t)
		else if (span < 120)
			text = sprintf("%d s", t)
		else if (span < 7200)
			text = sprintf("%d:%02d min", t / 60, t % 60)
		else
			text = sprintf("%d:%02d h", t / 3600, t % 3600 / 60)
		label(x_of(first + t), down + 16, 11, "text-anchor=\"middle\" fill=\"#444444\"", text)
	}
}

# sum_of: the lane "host" in words; bar() has added it up
function sum_of(   i, text) {
	text = sprintf("D3cold %.0f %%, D3hot %.0f %%, D0 %.0f %% of the time", \
		       spent[what, "D3cold"] * 100 / span, \
		       spent[what, "D3hot"] * 100 / span, \
		       spent[what, "D0"] * 100 / span)
	text = text sprintf("; woken %d time%s", wakes[what], wakes[what] == 1 ? "" : "s")
	for (i = 1; i <= causes; i++)
		if (woken[what, cause_name[i]])
			text = text (text ~ /: by/ ? ", " : ": by ") \
				cause_name[i] " " woken[what, cause_name[i]]
	return text sprintf("; %d PME%s", pmes[what], pmes[what] == 1 ? "" : "s")
}

function name_lane(y, height, text) {
	label(left - 10, y + height / 2 + 4, 12, "text-anchor=\"end\" fill=\"#333333\"", text)
}

# swatch X Y COLOUR TEXT: of the legend; where the next one goes
function swatch(x, y, fill, text) {
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" height=\"12\" fill=\"%s\"/>\n", x, y - 10, fill
	label(x + 23, y, 11, "fill=\"#333333\"", text)
	return x + 23 + wide(text, 11) + 14
}

function legend(y,   x, i) {
	x = left
	x = swatch(x, y, colour["D0"], "D0, up: draws power")
	x = swatch(x, y, colour["D3hot"], "D3hot")
	x = swatch(x, y, colour["D3cold"], "D3cold: without power; port asleep")
	x = swatch(x, y, colour["dead"], "did not come back")
	x = swatch(x, y, colour["unknown"], "not known")
	y += 22
	x = left
	triangle(x + 9, y - 11)
	label(x + 23, y, 11, "fill=\"#333333\"", "PME: the device asks to be woken")
	x += 23 + wide("PME: the device asks to be woken", 11) + 14
	printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"18\" height=\"4\" fill=\"%s\"/>\n", x, y - 6, cause_colour["pme"]
	label(x + 23, y, 11, "fill=\"#333333\"", "the guest wants PMEs (PME_En)")
	x += 23 + wide("the guest wants PMEs (PME_En)", 11) + 14
	label(x, y, 11, "fill=\"#333333\"", "woken by:")
	x += wide("woken by:", 11) + 6
	for (i = 1; i <= causes; i++) {
		printf "<rect x=\"%.1f\" y=\"%.1f\" width=\"3\" height=\"13\" fill=\"%s\"/>\n",
			x, y - 11, cause_colour[cause_name[i]]
		label(x + 6, y, 11, "fill=\"" cause_colour[cause_name[i]] "\"", cause_name[i])
		x += wide(cause_name[i], 11) + 18
	}
}

END {
	if (!count) {
		print "xen-pciback-pm: no event of the module in this trace" > "/dev/stderr"
		exit 1
	}
	span = last - first
	if (span <= 0)
		span = 0.001
	group = 186
	top = 74
	bottom = top + count * group
	height = bottom + 96
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"DejaVu Sans, Verdana, Helvetica, sans-serif\">\n",
		width, height, width, height
	print "<title>How PCI functions of Xen guests slept</title>"
	print "<defs><pattern id=\"unknown\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"#f4f4f4\"/><rect width=\"2\" height=\"6\" fill=\"#d9d9d9\"/></pattern></defs>"
	printf "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", width, height
	label(20, 34, 20, "font-weight=\"bold\" fill=\"#111111\"", "How PCI functions of Xen guests slept")
	label(20, 56, 12, "fill=\"#555555\"", sprintf("%s, from %.3f s of the trace's clock on", said(span), first))
	if (lost)
		label(right, 56, 12, "text-anchor=\"end\" fill=\"#c62828\"", "the trace has lost events: parts of this are wrong")
	ticks(bottom)
	for (f = 1; f <= count; f++) {
		what = functions[f]
		y = top + (f - 1) * group
		printf "<line x1=\"20\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#999999\"/>\n", right, y, y
		name_lane(y + 28, 16, "owner")
		bar("owner", y + 28, 16)
		name_lane(y + 48, 24, "guest asks for")
		bar("guest", y + 48, 22)
		wanted(y + 70)
		name_lane(y + 78, 14, "PME")
		name_lane(y + 96, 26, "host has it in")
		bar("host", y + 96, 26)
		name_lane(y + 126, 16, "woken by")
		woken_marks(y + 126)
		name_lane(y + 148, 18, port[what] ? "port " port[what] : "port")
		bar("port", y + 148, 18)
		pme_marks(y + 80, y + 91, y + 142)
		label(20, y + 18, 14, "font-weight=\"bold\" fill=\"#111111\"", what)
		label(left, y + 18, 12, "fill=\"#333333\"", sum_of())
	}
	printf "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#444444\"/>\n", left, right, bottom, bottom
	legend(bottom + 48)
	print "</svg>"
}
