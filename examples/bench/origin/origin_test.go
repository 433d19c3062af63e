package origin_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"runtime"
	"testing"
	"time"

	"pageload/examples/bench/origin"
	"pageload/examples/bench/peers"
	"pageload/loader"
)

func start(t *testing.T) *origin.Server {
	t.Helper()
	s, err := origin.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// pageload asks for what a browser asks for, over each protocol, and for nothing else.
func TestPages(t *testing.T) {
	s := start(t)
	for page, requests := range map[string]int{"small": 11, "typical": 71, "deep": 11} {
		wanted, size := s.Wanted(page)
		if wanted != requests {
			t.Errorf("%s: %d files are wanted, %d were meant", page, wanted, requests)
		}
		for _, base := range []string{s.HTTP, s.HTTPS1, s.HTTPS2} {
			s.Reset(0)
			var p loader.Profile
			p.Pool.Dialer.TLS = &tls.Config{InsecureSkipVerify: true}
			loaded, err := p.Load(t.Context(), base+"/"+page+"/")
			if err != nil {
				t.Fatal(err)
			}
			p.Close(context.Background())
			c := s.Counts(page)
			if c.Loads != 1 || c.Requests != int64(requests) || c.Missing+c.Needless != 0 || c.Bytes != size {
				t.Errorf("%s/%s/: %+v, want %d requests, %d bytes", base, page, c, requests, size)
			}
			got := int64(0)
			for _, r := range loaded.Waterfall().Requests {
				got += r.BodyBytes
				if proto := map[bool]string{true: "HTTP/2.0", false: "HTTP/1.1"}[base == s.HTTPS2]; r.Proto != proto {
					t.Errorf("%s by %s, want %s", r.URL, r.Proto, proto)
				}
			}
			if got != size {
				t.Errorf("%s/%s/: %d bytes came, want %d", base, page, got, size)
			}
		}
	}
}

// The peers get all of a page, and some of what no browser asks for.
func TestPeers(t *testing.T) {
	s := start(t)
	for _, tt := range []struct {
		peer, page string
		needless   int64
	}{{"diy", "small", 0}, {"tuned", "small", 0}, {"diy", "typical", 4}, {"tuned", "typical", 3}, {"diy", "deep", 0}, {"tuned", "deep", 0}} {
		for _, base := range []string{s.HTTP, s.HTTPS1, s.HTTPS2} {
			for _, cold := range []bool{false, true} {
				if cold && base != s.HTTP {
					continue
				}
				s.Reset(0)
				n, err := peers.Run(tt.peer, peers.Options{URL: base + "/" + tt.page + "/", Loads: 2, InFlight: 2, Cold: cold})
				if err != nil {
					t.Errorf("%s, %s: %v", tt.peer, tt.page, err)
				}
				c := s.Counts(tt.page)
				if c.Loads != 2 || c.Missing != 0 || c.Needless != 2*tt.needless || c.Bytes != n {
					t.Errorf("%s, %s at %s, cold %v: %d bytes came; %+v, want %d needless requests a load", tt.peer, tt.page, base, cold, n, c, tt.needless)
				}
			}
		}
	}
	if runtime.GOOS == "linux" {
		for _, page := range []string{"small", "typical"} { // deep comes in chunks, which the floor does not know
			s.Reset(0)
			wanted, size := s.Wanted(page)
			n, err := peers.Run(peers.Floor, peers.Options{URL: s.HTTP + "/" + page + "/", Loads: 5, InFlight: 2, Paths: origin.Paths(page)})
			if c := s.Counts(page); err != nil || c.Loads != 5 || c.Requests != 5*int64(wanted) || c.Missing+c.Needless != 0 || c.Bytes != n || n != 5*size {
				t.Errorf("the floor, %s: %d bytes came, %v; %+v, want %d requests a load", page, n, err, c, wanted)
			}
		}
	}
	s.Reset(0)
	if _, err := peers.Run("diy", peers.Options{URL: s.HTTP + "/none/", Loads: 1, InFlight: 1}); err == nil || s.Counts("small").Needless != 1 {
		t.Errorf("a page that is not there: %v, %+v", err, s.Counts("small"))
	}
	if _, err := peers.Run("nobody", peers.Options{}); err == nil {
		t.Error("a peer that is not there ran")
	}
}

func TestServe(t *testing.T) {
	orders, told := io.Pipe()
	answers, tell := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- origin.Serve(orders, tell) }()
	out, in := json.NewEncoder(told), json.NewDecoder(answers)
	var at origin.Addresses
	if err := in.Decode(&at); err != nil || at.HTTP == "" || at.HTTPS1 == "" || at.HTTPS2 == "" {
		t.Fatalf("%+v, %v", at, err)
	}
	ask := func(o origin.Order) (c origin.Counts) {
		if err := out.Encode(o); err != nil {
			t.Fatal(err)
		}
		if err := in.Decode(&c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	ask(origin.Order{Reset: true, Delay: 20 * time.Millisecond})
	if _, err := peers.Run("tuned", peers.Options{URL: at.HTTP + "/small/", Loads: 1, InFlight: 1}); err != nil {
		t.Fatal(err)
	}
	// 20 ms for the first connection, 20 for the document, 20 for what it names.
	if c := ask(origin.Order{Page: "small"}); c.Loads != 1 || c.Span < 60*time.Millisecond || c.Opened == 0 || c.MostOpen == 0 {
		t.Errorf("%+v", c)
	}
	if c := ask(origin.Order{Reset: true, Page: "small"}); c.Loads+c.Requests+c.Bytes+c.Opened != 0 {
		t.Errorf("after Reset: %+v", c)
	}
	told.Close()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
