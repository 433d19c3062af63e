package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// A detail writes what is known of one connection beside its bar: a line for
// each thing, or more where it does not fit.
type detail struct {
	t       *text
	c       *waterfall.ConnectionRow
	byID    map[int32]*waterfall.Request
	lookups map[time.Duration]uint64 // which connection's lookup was told, by when it began
}

func (d *detail) write(spans []waterfall.ConnectionSpan) {
	c := d.c
	if c.Names != nil {
		d.line("names", d.names()...)
	}
	if len(c.Attempts) > 0 || c.Connected != waterfall.None {
		d.line("tcp", d.tcp()...)
	}
	if p := c.Proxy; p != nil {
		asked := "requests are sent to it as they are"
		if p.From != waterfall.None {
			asked = "asked at " + atFor(p.From, p.To)
		}
		d.line("proxy", escapeURL(p.URL), asked)
	}
	if c.TLS != nil || c.Handshake != nil {
		d.line("tls", d.tls(spans)...)
	}
	if c.Path != nil {
		d.line("path", d.path()...)
	}
	if c.Connected != waterfall.None {
		d.line("carried", d.carried(spans)...)
	}
	for i := range c.Facts {
		d.line("kernel", d.facts(&c.Facts[i])...)
	}
	switch {
	case c.Closed == waterfall.None:
	case c.Connected != waterfall.None && c.ClosedBy != "nobody":
		d.line("close", d.closing()...)
	case len(c.Attempts) == 0: // else they have said it
		d.line("failed", "at "+offset(c.Closed), d.t.out.escape(reason(c.CloseReason, "")))
	}
}

// indent is how far details stand from the left; labelWidth is that of the
// column of what they are about.
const (
	indent     = 4
	labelWidth = 8
)

// line writes parts one after the other, on more lines where one is too short.
// A part that is longer than a line is cut at words, and a word that is longer is
// elided. Parts are escaped by who makes them.
func (d *detail) line(label string, parts ...string) {
	s := &d.t.out
	room := d.t.width - indent - labelWidth - 1
	at := 0
	begin := func() {
		if at > 0 {
			s.trimmed("")
		}
		s.str(spaces(indent))
		s.paintCell(styleDim, label, labelWidth)
		label, at = "", 0
	}
	put := func(word, before string) {
		word = elideEnd(word, room, s.ascii)
		n := utf8.RuneCountInString(word)
		if at == 0 || at+len(before)+n > room {
			begin()
			before = ""
		}
		s.str(before + word)
		at += len(before) + n
	}
	first := true
	for i, part := range parts {
		if part == "" {
			continue
		}
		if i < len(parts)-1 {
			part += ";"
		}
		before := " "
		if first {
			begin()
			at, before, first = 1, "", false
		}
		if n := utf8.RuneCountInString(part); n <= room {
			put(part, before)
			continue
		}
		for word := range strings.FieldsSeq(part) {
			put(word, before)
			before = " "
		}
	}
	if !first {
		s.trimmed("")
	}
}

func (d *detail) names() []string {
	parts := []string{atFor(d.c.Names.From, d.c.Names.To)}
	if len(d.c.Names.Steps) > 0 { // connections that are opened together share one
		first := d.c.Names.Steps[0].Start
		if id, ok := d.lookups[first]; ok {
			return append(parts, fmt.Sprintf("the lookup of #%d", id))
		}
		d.lookups[first] = d.c.ID
	}
	for i := range d.c.Names.Steps {
		step := &d.c.Names.Steps[i]
		text := strings.Join(notEmpty(step.Level, step.Server, step.Transport, step.Question, step.RCode), " ")
		if step.Duration > 0 {
			text += " " + figure.Duration(step.Duration)
		}
		if step.TTL > 0 {
			text += fmt.Sprintf(", TTL %d s", step.TTL/time.Second)
		}
		if step.Err != "" {
			text += ", " + step.Err
		}
		parts = append(parts, d.t.out.escape(text))
	}
	var addrs []string
	for _, a := range d.c.Names.Addrs {
		addrs = append(addrs, a.IP)
	}
	if len(addrs) > 0 {
		parts = append(parts, d.t.out.escape(strings.Join(addrs, " ")))
	}
	return parts
}

func (d *detail) tcp() []string {
	s, c := &d.t.out, d.c
	var parts []string
	for _, a := range c.Attempts {
		text := s.escape(a.Addr) + " " + atFor(a.From, a.To)
		switch {
		case a.Late:
			text += ", connected late: another was faster"
		case a.Lost:
			text += ", given up: another was faster"
		case a.Err != "":
			text += ", " + s.escape(a.Err)
		case a.To == waterfall.None:
			text += ", under way"
		default:
			text += ", SYN_SENT " + d.arrow() + " ESTABLISHED"
		}
		if a.Why != "" {
			text += ", held back " + figure.Duration(a.Waited) + ": " + s.escape(a.Why)
		}
		parts = append(parts, text)
	}
	if c.Backup {
		parts = append(parts, "a backup: the connect before it took long")
	}
	if len(parts) == 0 {
		parts = append(parts, s.escape(c.Remote)+" at "+offset(c.Connected))
	}
	if n := c.SYNRetransmits; n > 0 {
		parts = append(parts, "SYN sent again "+times(n))
	}
	if c.Local != "" {
		parts = append(parts, "from "+s.escape(c.Local))
	}
	return parts
}

func (d *detail) tls(spans []waterfall.ConnectionSpan) []string {
	x := d.c.TLS
	var parts []string
	for _, s := range spans {
		if s.Phase == waterfall.ConnTLS {
			parts = append(parts, atFor(s.From, s.To))
		}
	}
	if h := d.c.Handshake; h != nil {
		parts = append(parts, fmt.Sprintf("%s, %s out %s in", plural(h.RoundTrips, "round trip"), bytes(h.Sent), bytes(h.Received)))
	}
	if x == nil {
		parts = append(parts, "not completed")
	} else {
		resumed := "full handshake"
		if x.Resumed {
			resumed = "resumed"
		}
		parts = append(parts, x.Version+" "+x.Cipher, "ALPN "+cmp.Or(x.ALPN, "none"), resumed)
		if x.Subject != "" {
			parts = append(parts, "certificate of "+x.Subject+", by "+x.Issuer)
		}
	}
	if h := d.c.Handshake; h != nil {
		parts = append(parts, handshakeParts(h)...)
	}
	for i := range parts {
		parts[i] = d.t.out.escape(parts[i])
	}
	return parts
}

// handshakeParts are what else there is to say of a handshake.
func handshakeParts(h *waterfall.Handshake) (parts []string) {
	add := func(ok bool, text string) {
		if ok {
			parts = append(parts, text)
		}
	}
	add(h.Group != "", "keys by "+h.Group)
	add(h.Retried, "the peer asked for another key share")
	add(h.ECH, "the server name was encrypted")
	add(h.Asked && h.Shown == "", "a client certificate was asked for, none was shown")
	add(h.Shown != "", "client certificate of "+h.Shown)
	add(h.OCSP != "", "stapled revocation answer: "+h.OCSP)
	return parts
}

func (d *detail) path() []string {
	p := d.c.Path
	hop := "by " + p.NextHop
	if p.OnLink {
		hop = "on the link"
	}
	parts := []string{strings.Join(notEmpty(p.Interface, hop), " ")}
	if p.LinkAddress != "" {
		parts = append(parts, strings.Join(notEmpty("link address", p.LinkAddress, p.Neighbour), " "))
	}
	if p.Source != "" {
		parts = append(parts, "from "+p.Source)
	}
	if p.MTU > 0 {
		parts = append(parts, "MTU "+strconv.Itoa(p.MTU))
	}
	if p.Route != "" {
		parts = append(parts, strings.TrimSpace("route "+p.Route+" "+p.LearntFrom))
	}
	for _, x := range p.Changes {
		parts = append(parts, fmt.Sprintf("LINK ADDRESS CHANGED at %s from %s to %s", offset(x.At), x.Old, x.New))
	}
	for i := range parts {
		parts[i] = d.t.out.escape(parts[i])
	}
	return parts
}

// carried is what the connection did after it was ready.
func (d *detail) carried(spans []waterfall.ConnectionSpan) []string {
	why := map[int32]string{}
	for _, x := range d.c.Carried {
		why[x.Request] = x.Why
	}
	var parts []string
	for _, s := range spans {
		switch s.Phase {
		case waterfall.ConnIdle:
			if gap := s.To - s.From; gap >= min(time.Millisecond, d.t.chart.end/100) {
				parts = append(parts, "idle "+figure.Duration(gap))
			}
		case waterfall.ConnRequest:
			text := fmt.Sprintf("#%d ", s.Request)
			if r := d.byID[s.Request]; r != nil {
				text += elideMiddle(escapeURL(d.target(r.URL)), 30, d.t.out.ascii) + " "
			}
			text += atFor(s.From, s.To)
			if why[s.Request] != "" {
				text += " after " + d.t.out.escape(why[s.Request])
			}
			parts = append(parts, text)
		}
	}
	return parts
}

// target is a URL's path and query, with its host where that is not the
// connection's: one of HTTP/2 may carry requests for other names too.
func (d *detail) target(u string) string {
	if nameOf(u) != strings.Trim(d.c.Host, "[]") {
		return shortURL(u)
	}
	u = shortURL(u)
	if i := strings.IndexAny(u, "/?"); i >= 0 {
		return u[i:]
	}
	return "/"
}

func (d *detail) facts(x *waterfall.TCPInfo) []string {
	when := x.When
	if x.Request != 0 {
		when += fmt.Sprintf(" #%d", x.Request)
	}
	parts := []string{
		d.t.out.escape(when) + " " + offset(x.At) + " " + d.t.out.escape(x.State),
		fmt.Sprintf("RTT %s %s %s", d.fine(x.RTT), d.plusMinus(), d.fine(x.RTTVar)),
	}
	add := func(format string, a ...any) { parts = append(parts, fmt.Sprintf(format, a...)) }
	if x.Retransmits > 0 {
		add("%s sent again", plural(x.Retransmits, "segment"))
	}
	add("MSS %d", x.MSS)
	add("window %d", x.Window)
	if x.When == "open" { // nothing was moved yet, and what was agreed stays
		return append(parts, d.t.out.escape(x.Options))
	}
	add("segments %d out %d in", x.SegmentsOut, x.SegmentsIn)
	add("%s out %s in", bytes(x.BytesSent), bytes(x.BytesReceived))
	if x.DeliveryRate > 0 {
		add("%s/s delivered", bytes(x.DeliveryRate))
	}
	if x.LimitedByReceiver > 0 {
		add("held up %s by the peer's window", figure.Duration(x.LimitedByReceiver))
	}
	if x.LimitedBySendBuffer > 0 {
		add("held up %s by our send buffer", figure.Duration(x.LimitedBySendBuffer))
	}
	return parts
}

func (d *detail) closing() []string {
	s, c := &d.t.out, d.c
	first := "at " + offset(c.Closed)
	if c.CloseReason != "" {
		first += ": " + s.escape(reason(c.CloseReason, ""))
	}
	parts := []string{first}
	x := c.Closing
	if x == nil {
		return parts
	}
	if x.FirstFIN != "" {
		parts = append(parts, "first FIN by "+s.escape(x.FirstFIN))
	}
	if x.Reset != "" {
		parts = append(parts, "RST by "+s.escape(x.Reset))
	}
	if x.Why != "" {
		parts = append(parts, s.escape(x.Why))
	}
	if x.Drained > 0 {
		parts = append(parts, bytes(x.Drained)+" came after our FIN")
	}
	for i := range x.States {
		parts = append(parts, d.state(&x.States[i]))
	}
	return parts
}

// state is one state of the close. Why there is such a state is in the row: it is
// the same for every connection.
func (d *detail) state(x *waterfall.TCPState) string {
	text := d.t.out.escape(x.Name)
	if x.Peer {
		text = "the peer's " + text
	}
	switch {
	case !x.Seen:
		text += " passed unseen"
	case x.From != waterfall.None:
		text += " " + atFor(x.From, x.To)
	}
	if x.Seen && x.Error > 0 {
		text += " (up to " + d.fine(x.Error) + " late)"
	}
	if x.Left > 0 {
		text += ", " + figure.Duration(x.Left) + " left"
	}
	return text
}

func (d *detail) arrow() string {
	if d.t.out.ascii {
		return "->"
	}
	return "→"
}

func (d *detail) plusMinus() string {
	if d.t.out.ascii {
		return "+-"
	}
	return "±"
}

// fine is duration for what may be much less than a millisecond.
func (d *detail) fine(x time.Duration) string {
	switch {
	case x >= time.Millisecond || x < 0:
		return figure.Duration(x)
	case d.t.out.ascii:
		return fmt.Sprintf("%d us", x.Microseconds())
	}
	return fmt.Sprintf("%d µs", x.Microseconds())
}

// times says how often.
func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

func notEmpty(list ...string) []string {
	kept := list[:0]
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}
