package main

import (
	"strings"

	"pageload/loader/waterfall"
)

// closes is stage 11: the close of the document's connections in full, that of
// the others in figures.
func (t *teller) closes() stage {
	s := stage{Number: 11, Title: "Connections are kept, then closed", Package: "conn"}
	told := map[uint64]bool{}
	for _, r := range t.hops() {
		c := t.connection(r)
		if c == nil || told[c.ID] || c.Connected == waterfall.None {
			continue
		}
		told[c.ID] = true
		t.close(&s, c)
	}
	others, open := 0, 0
	by := map[string]int{}
	for i := range t.wf.Connections {
		c := &t.wf.Connections[i]
		switch {
		case told[c.ID] || c.Connected == waterfall.None:
		case c.Closed == waterfall.None:
			open++
		default:
			others++
			by[firstToGo(c)]++
		}
	}
	if others > 0 {
		var list []string
		for _, who := range []string{"by our FIN", "by the peer's FIN", "by our RST", "by the peer's RST", "by us", "by the peer"} {
			if by[who] > 0 {
				list = append(list, count(by[who], "connection")+" "+who)
			}
		}
		s.say("the others: %s", strings.Join(list, ", "))
	}
	if open > 0 {
		s.say("still open: %s", count(open, "connection"))
	}
	if len(s.Lines) == 0 {
		s.say("there was none")
	}
	return s
}

// firstToGo says how a close began.
func firstToGo(c *waterfall.ConnectionRow) string {
	if x := c.Closing; x != nil {
		switch {
		case x.Reset == "us":
			return "by our RST"
		case x.Reset == "peer":
			return "by the peer's RST"
		case x.FirstFIN == "us":
			return "by our FIN"
		case x.FirstFIN == "peer":
			return "by the peer's FIN"
		}
	}
	if c.ClosedBy == "peer" {
		return "by the peer"
	}
	return "by us"
}

// close tells one close.
func (t *teller) close(s *stage, c *waterfall.ConnectionRow) {
	s.say("connection #%d to %s carried %s", c.ID, c.Remote, count(c.Requests, "request"))
	spans := c.Spans(t.wf.Last())
	for i, x := range spans {
		if x.Phase == waterfall.ConnIdle && i+1 < len(spans) && spans[i+1].Phase == waterfall.ConnClose {
			s.at(x.From, "idle for %s", ms(x.To-x.From))
		}
	}
	t.kernelSays(s, c, "close")
	if c.Closed == waterfall.None {
		s.say("it is still open")
		return
	}
	s.at(c.Closed, "closed %s: %s", firstToGo(c), or(strings.TrimPrefix(c.CloseReason, "conn: "), "no reason given"))
	t.segments(s, t.ladder(c).Closing())
	if c.Closing == nil {
		return
	}
	if c.Closing.Why != "" {
		s.say("%s", c.Closing.Why)
	}
	for _, x := range c.Closing.States {
		s.Lines = append(s.Lines, state(x))
	}
}

// record is stage 12.
func (t *teller) record() stage {
	s := stage{Number: 12, Title: "All of it is one record", Package: "loader/waterfall"}
	var sent, received int64
	for i := range t.wf.Requests {
		sent += t.wf.Requests[i].SentBytes
		received += t.wf.Requests[i].Transferred()
	}
	s.say("%s, %s, %s; %d bytes sent, %d received", count(len(t.wf.Events), "event"), count(len(t.wf.Requests), "request"),
		count(len(t.wf.Connections), "connection"), sent, received)
	s.say("examples/waterfall draws it (-connections) and writes it (-har FILE)")
	return s
}
