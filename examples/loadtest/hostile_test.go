package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// A rogue is a server of the page that answers number i as its rule says. It can
// die and come back.
type rogue struct {
	t    *testing.T
	addr string
	rule func(i int) answer

	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
	asked    int
	gave     map[answer]int
	done     sync.WaitGroup
}

// answer is what a rogue does to a response.
type answer string

const (
	whole  answer = "whole"
	reset  answer = "reset in the body"
	closes answer = "closed in the body"
	bytes1 answer = "one byte a segment"
	stalls answer = "never answered"
	sorry  answer = "503"
)

func newRogue(t *testing.T, rule func(i int) answer) *rogue {
	t.Helper()
	s := &rogue{t: t, addr: "127.0.0.1:0", rule: rule, gave: map[answer]int{}, conns: map[net.Conn]bool{}}
	s.live()
	t.Cleanup(s.die)
	return s
}

// live listens, at the same address each time.
func (s *rogue) live() {
	s.t.Helper()
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.listener, s.addr = l, l.Addr().String()
	s.mu.Unlock()
	s.done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[c] = true
			s.mu.Unlock()
			s.done.Go(func() { s.serve(c) })
		}
	})
}

// die resets all connections and listens no more.
func (s *rogue) die() {
	s.mu.Lock()
	s.listener.Close()
	for c := range s.conns {
		c.(*net.TCPConn).SetLinger(0)
		c.Close()
	}
	s.mu.Unlock()
	s.done.Wait()
}

func (s *rogue) serve(c net.Conn) {
	defer func() {
		c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	for r := bufio.NewReader(c); ; {
		q, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		s.mu.Lock()
		s.asked++
		a := s.rule(s.asked)
		s.gave[a]++
		s.mu.Unlock()
		if !s.answer(c, r, q.URL.Path, a) {
			return
		}
	}
}

// answer reports whether the connection goes on.
func (s *rogue) answer(c net.Conn, r io.Reader, path string, a answer) bool {
	mime, body := "text/plain", strings.Repeat("x", 3000)
	if path == "/" {
		mime, body = "text/html", page
	}
	status := "200 OK"
	if a == sorry {
		status = "503 Service Unavailable"
	}
	text := fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", status, mime, len(body), body)
	half := text[:len(text)-len(body)/2]
	switch a {
	case reset:
		io.WriteString(c, half)
		c.(*net.TCPConn).SetLinger(0)
		return false
	case closes:
		io.WriteString(c, half)
		return false
	case bytes1:
		for i := range text { // TCP_NODELAY: each a segment
			if _, err := io.WriteString(c, text[i:i+1]); err != nil {
				return false
			}
		}
		return true
	case stalls:
		io.ReadFull(r, make([]byte, 1)) // until the peer has had enough
		return false
	}
	_, err := io.WriteString(c, text)
	return err == nil
}

// heap is what is in use.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what pools hold goes with the second one
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// files is how many the process has open; 0 where that is not told.
func files() int {
	list, _ := os.ReadDir("/proc/self/fd")
	return len(list)
}

func summarize(t *testing.T, stdout string) (s summary, kinds map[string]int) {
	t.Helper()
	if err := json.Unmarshal([]byte(stdout), &s); err != nil {
		t.Fatalf("%v: %q", err, stdout)
	}
	kinds = map[string]int{}
	for _, e := range s.Errors {
		kinds[e.Kind] += e.Count
		if e.First == "" || e.Count == 0 {
			t.Errorf("an error without its reason: %+v", e)
		}
	}
	return s, kinds
}

// Of each hundred responses one is reset, one ends early and one comes byte by
// byte: each is counted by its kind, all else is loaded, and nothing is left.
func TestRogue(t *testing.T) {
	s := newRogue(t, func(i int) answer {
		switch i % 100 {
		case 0:
			return reset
		case 33:
			return closes
		case 66:
			return bytes1
		}
		return whole
	})
	const loads = 400
	var before int64
	open := files()
	for round := range 3 {
		s.mu.Lock()
		clear(s.gave)
		s.mu.Unlock()
		status, stdout, stderr := invoke(t.Context(), "-n", fmt.Sprint(loads), "-c", "16", "-json", "http://"+s.addr+"/")
		got, kinds := summarize(t, stdout)
		if failed := got.Failed > 0; status != map[bool]int{true: 1}[failed] || (stderr != "") != failed {
			t.Errorf("%d failed, exit status %d, %q", got.Failed, status, stderr)
		}
		s.mu.Lock()
		want := map[string]int{"net::ERR_CONNECTION_RESET": s.gave[reset], "net::ERR_CONTENT_LENGTH_MISMATCH": s.gave[closes]}
		s.mu.Unlock()
		if !maps.Equal(kinds, want) || want["net::ERR_CONNECTION_RESET"] < 10 || got.Loads+got.Failed != loads || got.CutOff != 0 {
			t.Errorf("errors %v, want %v; %d loads, %d failed", kinds, want, got.Loads, got.Failed)
		}
		switch h := heap(); {
		case round == 0:
			before = h // after what is allocated once
		case h > before+1<<20:
			t.Errorf("round %d: %d bytes in use, %d after the first", round, h, before)
		}
	}
	s.die()
	if n := files(); n > open {
		t.Errorf("%d files are open, %d were", n, open)
	}
}

func TestRogueOnlySorry(t *testing.T) {
	s := newRogue(t, func(int) answer { return sorry })
	status, stdout, stderr := invoke(t.Context(), "-n", "200", "-c", "8", "-json", "http://"+s.addr+"/")
	got, kinds := summarize(t, stdout)
	if status != 0 || stderr != "" || len(kinds) != 0 || got.Documents["503"] != 200 || got.Status["5xx"] != got.Requests || got.Requests != 1000 {
		t.Errorf("exit status %d, %q, %+v", status, stderr, got)
	}
}

// A load that a stalled response holds up ends with its time; the others go on.
func TestRogueStalls(t *testing.T) {
	s := newRogue(t, func(i int) answer {
		if i%90 == 0 {
			return stalls
		}
		return whole
	})
	status, stdout, _ := invoke(t.Context(), "-n", "200", "-c", "16", "-timeout", "500ms", "-json", "http://"+s.addr+"/")
	got, kinds := summarize(t, stdout)
	if n := kinds["timeout of the load"]; status != 1 || n < 5 || n != got.Failed || got.Loads+got.Failed != 200 || got.Loads < 150 {
		t.Errorf("exit status %d, %v, %d loads, %d failed", status, kinds, got.Loads, got.Failed)
	}
}

// While a server is dead its loads fail, and when it is back they do not.
func TestRogueComesBack(t *testing.T) {
	s := newRogue(t, func(int) answer { return whole })
	o, err := parseArgs([]string{"-n", "100000000", "-c", "8", "http://" + s.addr + "/"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	r := newResult(o)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		o.load(ctx, r)
	}()
	// until waits until so many more loads than now came, or failed.
	until := func(more int, of *int) {
		t.Helper()
		r.mu.Lock()
		from := *of
		r.mu.Unlock()
		for end := time.After(30 * time.Second); ; {
			r.mu.Lock()
			n := *of
			r.mu.Unlock()
			if n >= from+more {
				return
			}
			select {
			case <-end:
				t.Fatalf("%d of %d", n-from, more)
			case <-time.After(time.Millisecond):
			}
		}
	}
	for range 3 {
		until(100, &r.loaded)
		s.die()
		until(100, &r.failed)
		s.live()
	}
	until(100, &r.loaded)
	stop()
	<-ended
	if f := r.faults[ofDocument]["net::ERR_CONNECTION_REFUSED"]; f == nil || f.count < 200 || !strings.Contains(f.first, "connection refused") {
		t.Errorf("faults of documents %v", r.faults[ofDocument])
	}
}
