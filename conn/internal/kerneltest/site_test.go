package kerneltest_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pageload/conn/conntest/wire"
)

// images is how many there are in the page of a site.
const images = 12

// A site serves a page with its style sheet and images, each of so many bytes.
type site struct {
	x    *bench
	size int
}

// open serves the site at peer until the test ends.
func (s *site) open() {
	s.x.t.Helper()
	l, err := s.x.Host(wire.B).Listen("tcp", peer.String()+":80")
	if err != nil {
		s.x.t.Fatal(err)
	}
	srv := &http.Server{Handler: s}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	s.x.t.Cleanup(func() {
		srv.Close()
		<-done
	})
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/":
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!DOCTYPE html><title>t</title><link rel=stylesheet href=/style.css>`)
		for i := range images {
			fmt.Fprintf(w, "<img src=/%d.png>\n", i)
		}
	case r.URL.Path == "/style.css":
		w.Header().Set("Content-Type", "text/css")
		fmt.Fprint(w, "/*", strings.Repeat("x", s.size), "*/")
	case strings.HasSuffix(r.URL.Path, ".png"):
		w.Header().Set("Content-Type", "image/png")
		w.Write(pattern(s.size))
	default:
		http.NotFound(w, r)
	}
}

// visit loads the page in host A.
func (x *bench) visit(v visit) loaded {
	x.t.Helper()
	ctx, cancel := context.WithTimeout(x.t.Context(), time.Minute)
	defer cancel()
	var l loaded
	if err := x.Host(wire.A).Run(ctx, "page", v, &l); err != nil {
		x.t.Fatal(err)
	}
	if l.Error != "" || len(l.Requests) != images+2 {
		x.t.Fatalf("%d requests, %s", len(l.Requests), l.Error)
	}
	for _, r := range l.Requests {
		if r.Status != 200 || r.Error != "" {
			x.t.Errorf("%s: %d %s", r.URL, r.Status, r.Error)
		}
	}
	return l
}

// A page over 50 ms: the waterfall has them in each connect and each wait.
func TestPageRoundTrip(t *testing.T) {
	x := join(t, wire.End{}, wire.End{})
	(&site{x: x, size: 1000}).open()
	l := x.visit(visit{URL: "http://peer.test/", Watch: true})
	high := rtt + rtt/10 + x.late()
	// The least of several is what the wire is, unless they all were seen late.
	connect, wait := time.Hour, time.Hour
	for _, c := range l.Connections {
		connect = min(connect, c.Connected-c.Opened)
		if len(c.Facts) == 0 {
			t.Fatal("a connection without facts")
		}
		within(t, "RTT in the waterfall", c.Facts[0].RTT, rtt, high)
	}
	for _, c := range l.Connections {
		if c.Closing == nil || c.Closing.FirstFIN != "us" || len(c.Closing.States) < 2 || c.Closing.States[0].Name != "FIN_WAIT_1" {
			t.Errorf("close of %d: %+v", c.ID, c.Closing)
			continue
		}
		ours := x.frames(wire.A, func(s seen) bool { return fin(s) && s.Seg.Src.String() == c.Local })[0]
		ack, _ := x.acks(wire.B, ours)
		s, took := c.Closing.States[0], ack.Due.Sub(ours.Time)
		slack := rtt/10 + x.late() + s.Error + c.Closing.States[1].Error
		within(t, "FIN_WAIT_1 in the waterfall", s.To-s.From, took-slack, took+slack)
	}
	for _, r := range l.Requests {
		wait = min(wait, r.Phases.Send+r.Phases.Wait) // where the one ends depends on when the process is let go on
	}
	within(t, "connect", connect, rtt, high+l.Late)
	within(t, "send and wait", wait, rtt, high+l.Late)
	if len(l.Connections) < 2 || len(l.Connections) > 6 {
		t.Errorf("%d connections", len(l.Connections))
	}
}

func TestPageOverLoss(t *testing.T) {
	link := wire.Link{Loss: 0.02, Seed: 3}
	x := join(t, wire.End{Link: link}, wire.End{Link: link})
	s := &site{x: x, size: 60_000}
	s.open()
	l := x.visit(visit{URL: "http://peer.test/"})
	for _, r := range l.Requests[2:] {
		if r.Bytes != 60_000 {
			t.Errorf("%s: %d bytes", r.URL, r.Bytes)
		}
	}
	lost := func(from wire.Side, is func(seen) bool) int {
		return len(x.frames(from, func(s seen) bool { return is(s) && s.Fate == wire.Lost }))
	}
	if lost(wire.B, data) == 0 {
		t.Error("no data was lost: take another seed")
	}
	var syns, again, disorder, must int
	for _, r := range l.Lives {
		syns += r.SYNRetransmits
		if r.AtClose == nil {
			continue // the page was loaded before it was open
		}
		again += r.AtClose.Retransmits
		disorder += r.AtClose.OutOfOrder
		must += lost(wire.A, func(s seen) bool { return s.Seg.Src == r.Local && (data(s) || syn(s)) })
	}
	if again < must {
		t.Errorf("%d of the client's segments were lost, %d were sent again", must, again)
	}
	for _, c := range l.Connections {
		syns -= c.SYNRetransmits
	}
	if syns != 0 {
		t.Errorf("the waterfall and the records differ by %d SYNs", syns)
	}
	if disorder == 0 {
		t.Error("no segment came out of order, though data was lost")
	}
}
