package report

import (
	"cmp"
	"fmt"
	"strconv"

	"pageload/loader/waterfall"
)

// connections draws a row a connection: its handshakes, what it carried, and
// who closed it.
func (t *text) connections() {
	if len(t.wf.Connections) == 0 {
		return
	}
	t.section("Connections")
	s, c := &t.out, &t.columns
	busy := map[uint64][]*waterfall.Request{}
	for _, r := range t.rows {
		if r.ConnID != 0 {
			busy[r.ConnID] = append(busy[r.ConnID], r)
		}
	}
	left := t.width - c.bar - 1
	for i := range t.wf.Connections {
		x := &t.wf.Connections[i]
		end := fmt.Sprintf("%s %s", cmp.Or(s.escape(x.Proto), "-"), plural(x.Requests, "request"))
		switch {
		case x.ClosedBy != "" && x.Connected == waterfall.None:
			end = "not connected"
		case x.ClosedBy != "":
			end += ", closed by " + s.escape(x.ClosedBy)
		}
		name := fmt.Sprintf("#%d %s", x.ID, escapeURL(x.Host))
		if x.Port != 0 {
			name += ":" + strconv.Itoa(int(x.Port))
		}
		if x.Private {
			name += " private"
		}
		room := max(10, left-len([]rune(end))-2)
		s.cell(elideMiddle(name, room, s.ascii), room)
		s.right(end, left-room-1)
		s.str(" ")
		t.connectionBar(x, busy[x.ID])
	}
}

func (t *text) connectionBar(x *waterfall.ConnectionRow, requests []*waterfall.Request) {
	t.chart.begin()
	ready := x.Opened
	if x.Opened != waterfall.None && x.Connected != waterfall.None {
		t.chart.add(waterfall.PhaseConnect, x.Opened, x.Connected)
		ready = x.Connected
		if x.Secured != waterfall.None {
			t.chart.add(waterfall.PhaseSSL, x.Connected, x.Secured)
			ready = x.Secured
		}
	}
	if ready != waterfall.None {
		end := x.Closed
		if end == waterfall.None {
			end = t.chart.end
		}
		t.chart.add(waterfall.PhaseBlocked, ready, end) // idle
	}
	for _, r := range requests {
		for _, p := range r.Spans() {
			if p.Phase >= waterfall.PhaseSend {
				t.chart.add(p.Phase, p.From, p.To)
			}
		}
	}
	t.out.trimmed(t.chart.bar())
}
