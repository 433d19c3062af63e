package loader_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pageload/dnscache"
	"pageload/fetch/auth"
	"pageload/loader"
)

// A rememberer is a site that leaves something in each part of a profile, and whose
// answers tell what is there.
type rememberer struct {
	*httptest.Server
	lookups atomic.Int32
	mu      sync.Mutex
	got     []*http.Request
}

func newRememberer(t *testing.T) *rememberer {
	s := &rememberer{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.got = append(s.got, r)
		s.mu.Unlock()
		h := w.Header()
		h.Set("Content-Type", "text/html")
		h.Set("Strict-Transport-Security", "max-age=1000")
		h.Set("Alt-Svc", `h3=":443"; ma=1000`)
		h.Set("Set-Cookie", "id=1; Max-Age=1000")
		if r.URL.Path == "/kept.css" {
			h.Set("Content-Type", "text/css")
			h.Set("Cache-Control", "max-age=1000")
		}
		fmt.Fprint(w, `<!doctype html><link rel=stylesheet href=/kept.css>`)
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// profile is an empty one that finds the site under every name.
func (s *rememberer) profile(t *testing.T) *loader.Profile {
	p := &loader.Profile{Icons: loader.NoIcons}
	p.Pool.MaxPerHost = 1 // so that none is being opened when the page is there
	p.Pool.Dialer.TLS = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	to := netip.MustParseAddrPort(s.Listener.Addr().String())
	p.Pool.Dialer.Resolver = &dnscache.Resolver{Sources: []dnscache.Source{dnscache.SourceFunc(dnscache.Root, func(_ context.Context, name string) (dnscache.Answer, error) {
		s.lookups.Add(1)
		return dnscache.Answer{Name: name, Addrs: []dnscache.Addr{{IP: to.Addr(), TTL: time.Hour}}}, nil
	})}}
	t.Cleanup(func() { p.Close(context.Background()) })
	return p
}

// visit loads the page and tells, in words, what the profile had to help with.
func (s *rememberer) visit(t *testing.T, p *loader.Profile) string {
	t.Helper()
	s.mu.Lock()
	s.got = nil
	s.mu.Unlock()
	lookups, known := s.lookups.Load(), false
	if p.AltSvc != nil {
		for range p.AltSvc.All() {
			known = true
		}
	}
	_, port, _ := strings.Cut(s.Listener.Addr().String(), ":")
	pg, err := p.Load(t.Context(), "http://example.com:"+port+"/")
	if err != nil && !strings.Contains(err.Error(), "HTTP") && !strings.Contains(err.Error(), "malformed") {
		t.Fatal(err)
	}
	if err != nil || pg.Status() != 200 { // without HSTS that is the wrong protocol
		if pg, err = p.Load(t.Context(), "https://example.com:"+port+"/"); err != nil {
			t.Fatal(err)
		}
	}
	var had []string
	note := func(ok bool, part loader.Parts) {
		if ok {
			had = append(had, part.String())
		}
	}
	w := pg.Waterfall()
	first := w.Requests[0]
	doc := first
	if first.Redirect = first.Status == 307; first.Redirect {
		doc = w.Requests[1]
	}
	note(s.lookups.Load() == lookups, loader.Names)
	note(doc.Reused, loader.Connections)
	note(doc.TLS != nil && doc.TLS.Resumed && !doc.Reused, loader.TLSSessions)
	note(w.Requests[len(w.Requests)-1].FromCache != "", loader.CachedResponses)
	s.mu.Lock()
	defer s.mu.Unlock()
	note(s.got[0].Header.Get("Cookie") != "", loader.Cookies)
	note(first.Redirect, loader.HSTSHosts)
	note(known, loader.AltServices)
	return strings.Join(had, ", ")
}

const (
	stored = loader.Names | loader.TLSSessions | loader.CachedResponses | loader.Cookies | loader.HSTSHosts | loader.AltServices
	seen   = stored | loader.Connections
)

func TestProfilePartsAreCleared(t *testing.T) {
	s := newRememberer(t)
	p := s.profile(t)
	if got := s.visit(t, p); got != "" {
		t.Fatalf("the first view had %s", got)
	}
	if got, want := s.visit(t, p), (seen &^ loader.TLSSessions).String(); got != want {
		t.Fatalf("the second view had %s, want %s", got, want)
	}
	for _, parts := range []loader.Parts{loader.CachedResponses, loader.Cookies, loader.HSTSHosts, loader.AltServices, loader.Connections, loader.Names, loader.Learnt, loader.AllParts} {
		if err := p.Clear(parts); err != nil {
			t.Fatal(err)
		}
		want := seen &^ parts &^ loader.TLSSessions
		switch {
		case parts == loader.AllParts:
		case parts&loader.Connections != 0:
			want |= loader.TLSSessions // which show on a new connection only
		case parts&loader.Names != 0:
			want |= loader.Names // nor are names asked for without one
		}
		if got := s.visit(t, p); got != want.String() {
			t.Errorf("without %v: had %s, want %v", parts, got, want)
		}
	}
	p.Clear(loader.Connections | loader.TLSSessions | loader.Names)
	if got, want := s.visit(t, p), loader.CachedResponses|loader.Cookies|loader.HSTSHosts|loader.AltServices; got != want.String() {
		t.Errorf("without connections and what helps to open them: had %s, want %v", got, want)
	}
}

func TestProfileIsCloned(t *testing.T) {
	s := newRememberer(t)
	p := s.profile(t)
	s.visit(t, p)
	for _, parts := range []loader.Parts{stored, 0, loader.Cookies, loader.Names | loader.TLSSessions, loader.AllParts} {
		c := p.Clone(parts)
		if got, want := s.visit(t, c), parts&stored; got != want.String() {
			t.Errorf("a clone with %v had %s", parts, got)
		}
		if c.Pool.Dialer.TLS != p.Pool.Dialer.TLS || c.Icons != p.Icons {
			t.Error("settings are missing")
		}
		// What the one does is not seen by the other.
		if err := c.Clear(loader.AllParts &^ loader.Learnt); err != nil {
			t.Fatal(err)
		}
		if got, want := s.visit(t, p), (seen &^ loader.TLSSessions).String(); got != want {
			t.Errorf("after its clone was cleared: had %s, want %s", got, want)
		}
		c.Close(t.Context())
	}
}

func TestProfilesShareNothing(t *testing.T) {
	s := newRememberer(t)
	a, b := s.profile(t), s.profile(t)
	s.visit(t, a)
	s.visit(t, a)
	if got := s.visit(t, b); got != "" {
		t.Errorf("the first view of another profile had %s", got)
	}
	c := a.Clone(0)
	defer c.Close(t.Context())
	if got := s.visit(t, c); got != "" {
		t.Errorf("the first view of an empty clone had %s", got)
	}
}

func TestProfileIsSaved(t *testing.T) {
	s := newRememberer(t)
	p := s.profile(t)
	dir := filepath.Join(t.TempDir(), "deep", "profile")
	if err := p.Restore(dir, loader.AllParts); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	s.visit(t, p)
	if err := p.Save(dir, loader.AllParts); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "profile.json", "cookies.jsonl", "tls-sessions.jsonl"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
	again := s.profile(t)
	if err := again.Restore(dir, loader.AllParts); err != nil {
		t.Fatal(err)
	}
	if got := s.visit(t, again); got != stored.String() {
		t.Errorf("restored: had %s, want %v", got, stored)
	}
	some := s.profile(t)
	if err := some.Restore(dir, loader.Cookies); err != nil {
		t.Fatal(err)
	}
	if got := s.visit(t, some); got != loader.Cookies.String() {
		t.Errorf("restored in part: had %s", got)
	}
	if list, _ := filepath.Glob(filepath.Join(dir, ".*")); len(list) != 0 {
		t.Errorf("left behind: %v", list)
	}
}

// A damaged part is named, and keeps no other from being read.
func TestProfileFolderIsDamaged(t *testing.T) {
	s := newRememberer(t)
	p := s.profile(t)
	s.visit(t, p)
	whole := t.TempDir()
	if err := p.Save(whole, loader.AllParts); err != nil {
		t.Fatal(err)
	}
	list, err := filepath.Glob(filepath.Join(whole, "*"))
	if err != nil || len(list) != 7 {
		t.Fatal(list, err)
	}
	part := map[string]loader.Parts{"cookies.jsonl": loader.Cookies, "hsts.jsonl": loader.HSTSHosts, "alt-svc.jsonl": loader.AltServices, "names.jsonl": loader.Names,
		"tls-sessions.jsonl": loader.TLSSessions, "cache.bin": loader.CachedResponses}
	for _, file := range list {
		name := filepath.Base(file)
		for _, damage := range []string{"cut", "nonsense", "empty", "gone"} {
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			text, _ := os.ReadFile(file)
			switch damage {
			case "cut":
				text = text[:len(text)-len(text)/3]
			case "nonsense":
				text = []byte("nonsense\n")
			case "empty":
				text = nil
			}
			if damage == "gone" {
				os.Remove(filepath.Join(dir, name))
			} else {
				os.WriteFile(filepath.Join(dir, name), text, 0o600)
			}
			q := s.profile(t)
			err := q.Restore(dir, loader.AllParts)
			var failed *loader.PartError
			switch {
			case name == "profile.json":
				if !errors.Is(err, loader.ErrProfileFolder) {
					t.Errorf("%s %s: %v", damage, name, err)
				}
				continue
			case damage == "gone" && err != nil:
				t.Errorf("without %s: %v", name, err)
			case damage != "gone" && (!errors.As(err, &failed) || failed.Part != part[name] || !strings.Contains(err.Error(), name)):
				t.Errorf("%s %s: %v", damage, name, err)
			}
			got := s.visit(t, q)
			for other, p := range part {
				if other != name && !strings.Contains(got, p.String()) {
					t.Errorf("%s %s: had %s, without %v", damage, name, got, p)
				}
			}
		}
	}
	os.WriteFile(filepath.Join(whole, "profile.json"), []byte(`{"format":"pageload profile","version":9}`), 0o600)
	for what, err := range map[string]error{"restore": p.Restore(whole, loader.AllParts), "save": p.Save(whole, loader.AllParts)} {
		if !errors.Is(err, loader.ErrProfileFolder) || !strings.Contains(err.Error(), "version 9") {
			t.Errorf("%s, another version: %v", what, err)
		}
	}
}

// Two that save at a time leave each file whole.
func TestProfileIsSavedByMany(t *testing.T) {
	s := newRememberer(t)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		p := s.profile(t)
		s.visit(t, p)
		wg.Go(func() {
			for range 10 {
				if err := p.Save(dir, loader.AllParts); err != nil {
					t.Error(err)
				}
				if err := p.Restore(dir, loader.AllParts); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func TestProfileForgetsPasswords(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, password, _ := r.BasicAuth(); user != "u" || password != "p" {
			w.Header().Set("WWW-Authenticate", `Basic realm="r"`)
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer srv.Close()
	p := &loader.Profile{Icons: loader.NoIcons, Auth: &auth.Store{}}
	p.Auth.Give(srv.URL, "", auth.Identity{User: "u", Password: "p"})
	status := func(p *loader.Profile) int {
		defer p.Clear(loader.Connections)
		pg, err := p.Load(t.Context(), srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		return pg.Status()
	}
	with, without := p.Clone(loader.Passwords), p.Clone(0)
	for i, got := range []int{status(p), status(with), status(without)} {
		if want := []int{200, 200, 401}[i]; got != want {
			t.Errorf("%d: status %d, want %d", i, got, want)
		}
	}
	p.Clear(loader.Passwords)
	if status(p) != 401 || status(with) != 200 {
		t.Error("cleared: its own are there, or its clone's are not")
	}
}
