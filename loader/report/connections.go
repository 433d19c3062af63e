package report

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// connections draws a row a connection, and below it what is known of it: its
// handshakes, what it carried, and how it was closed.
func (t *text) connections(flush func() error) error {
	if len(t.wf.Connections) == 0 {
		return nil
	}
	t.section("Connections")
	s, c := &t.out, &t.columns
	byID := make(map[int32]*waterfall.Request, len(t.rows))
	for _, r := range t.rows {
		byID[r.ID] = r
	}
	left := t.width - c.bar - 1
	last := t.wf.Last()
	lookups := map[time.Duration]uint64{}
	for i := range t.wf.Connections {
		x := &t.wf.Connections[i]
		end := connectionEnd(s, x)
		room := max(10, left-len([]rune(end))-2)
		s.cell(elideMiddle(connectionName(x), room, s.ascii), room)
		s.right(end, left-room-1)
		s.str(" ")
		spans := x.Spans(max(last, t.chart.end))
		t.connectionBar(spans, byID)
		d := detail{t: t, c: x, byID: byID, lookups: lookups}
		d.write(spans)
		if len(s.buf) >= flushAt {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func connectionName(x *waterfall.ConnectionRow) string {
	name := fmt.Sprintf("#%d %s", x.ID, escapeURL(x.Host))
	if x.Port != 0 {
		name += ":" + strconv.Itoa(int(x.Port))
	}
	if x.Private {
		name += " private"
	}
	return name
}

// connectionEnd is what became of a connection.
func connectionEnd(s *screen, x *waterfall.ConnectionRow) string {
	end := fmt.Sprintf("%s %s", cmp.Or(s.escape(x.Proto), "-"), plural(x.Requests, "request"))
	switch {
	case x.ClosedBy != "" && x.Connected == waterfall.None:
		return "not connected"
	case x.ClosedBy == "nobody":
		return "not opened"
	case x.ClosedBy != "":
		end += ", closed by " + s.escape(x.ClosedBy)
	}
	return end
}

func (t *text) connectionBar(spans []waterfall.ConnectionSpan, byID map[int32]*waterfall.Request) {
	t.chart.begin()
	for _, s := range spans {
		if p, ok := paint[s.Phase]; ok {
			t.chart.add(p, s.From, s.To)
		}
	}
	for _, s := range spans {
		r := byID[s.Request]
		if s.Phase != waterfall.ConnRequest || r == nil {
			continue
		}
		for _, p := range r.Spans() {
			if p.Phase >= waterfall.PhaseSend {
				t.chart.add(p.Phase, p.From, p.To)
			}
		}
	}
	t.out.trimmed(t.chart.bar())
}

// paint says as which phase of a request a phase of a connection is drawn.
// Requests are drawn as their own bars are.
var paint = map[waterfall.ConnectionPhase]waterfall.Phase{
	waterfall.ConnQueue: waterfall.PhaseBlocked, waterfall.ConnNames: waterfall.PhaseDNS, waterfall.ConnTCP: waterfall.PhaseConnect,
	waterfall.ConnProxy: waterfall.PhaseConnect, waterfall.ConnTLS: waterfall.PhaseSSL, waterfall.ConnRequest: waterfall.PhaseWait,
	waterfall.ConnIdle: waterfall.PhaseBlocked, waterfall.ConnClose: phaseClose,
}

// phaseClose is what is drawn of a close, which no request has.
const phaseClose = waterfall.PhaseReceive + 1

// atFor is when something began and how long it took.
func atFor(from, to time.Duration) string {
	if to == waterfall.None {
		return offset(from) + " and on"
	}
	return offset(from) + " +" + figure.Duration(to-from)
}
