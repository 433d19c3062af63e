package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// span is what stdouttrace writes of one.
type span struct {
	Name        string
	SpanContext struct{ TraceID, SpanID string }
	Parent      struct{ SpanID string }
	SpanKind    int
	StartTime   time.Time
	EndTime     time.Time
	Attributes  []struct {
		Key   string
		Value struct{ Value any }
	}
	Events []struct{ Name string }
	Status struct{ Code string }
}

func (s *span) attribute(key string) any {
	for _, a := range s.Attributes {
		if a.Key == key {
			return a.Value.Value
		}
	}
	return nil
}

// What a real exporter writes to a file is a tree: the load, its requests, their
// phases, each within its parent's time or after it was made.
func TestExport(t *testing.T) {
	in, err := os.Open(filepath.Join("..", "..", "loader", "har", "testdata", "devtools.har"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	name := filepath.Join(t.TempDir(), "spans.json")
	out, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := export(t.Context(), in, out); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	byID := map[string]*span{}
	var list []*span
	for d := json.NewDecoder(f); d.More(); {
		var s span
		if err := d.Decode(&s); err != nil {
			t.Fatal(err)
		}
		byID[s.SpanContext.SpanID] = &s
		list = append(list, &s)
	}
	count := map[string]int{}
	var load *span
	for _, s := range list {
		count[s.Name]++
		parent := byID[s.Parent.SpanID]
		switch {
		case s.Name == "page load":
			load = s
			continue
		case parent == nil:
			t.Fatalf("%s has no parent", s.Name)
		case s.SpanContext.TraceID != parent.SpanContext.TraceID || s.StartTime.Before(parent.StartTime) || s.EndTime.After(parent.EndTime):
			t.Errorf("%s %v–%v is not within %s %v–%v", s.Name, s.StartTime, s.EndTime, parent.Name, parent.StartTime, parent.EndTime)
		}
		if client := s.SpanKind == 3; client != (parent.Name == "page load") {
			t.Errorf("%s under %s is of kind %d", s.Name, parent.Name, s.SpanKind)
		}
	}
	if len(list) != 11 || count["GET"] != 4 || count["POST"] != 1 || count["dns lookup"] != 2 || count["tcp connect"] != 2 || count["tls handshake"] != 1 || len(load.Events) != 2 {
		t.Errorf("%d spans: %v; events of the load %v", len(list), count, load.Events)
	}
	for _, s := range list {
		switch u, _ := s.attribute("url.full").(string); {
		case s.Name == "POST":
			if s.Status.Code != "Error" || s.attribute("error.type") != "net::ERR_CONNECTION_REFUSED" || s.attribute("http.response.status_code") != nil {
				t.Errorf("refused: %+v", s)
			}
		case s.Name == "GET" && strings.HasSuffix(u, "www.example.test/"):
			for key, want := range map[string]any{"http.request.method": "GET", "http.response.status_code": 200.0, "server.address": "www.example.test", "server.port": 443.0,
				"network.protocol.version": "2", "network.protocol.name": "http", "network.peer.address": "2001:db8::10", "network.peer.port": 443.0, "http.request.resend_count": 1.0, "pageload.server_timing.db": 53.0} {
				if got := s.attribute(key); got != want {
					t.Errorf("%s is %v, want %v", key, got, want)
				}
			}
			if took := s.EndTime.Sub(s.StartTime); took != 90*time.Millisecond || s.Status.Code != "Unset" {
				t.Errorf("took %v, status %s", took, s.Status.Code)
			}
		}
	}
}

// Of a HAR that is broken off what was read is exported, and the error says where
// it ends.
func TestExportBroken(t *testing.T) {
	var out strings.Builder
	err := export(t.Context(), strings.NewReader(`{"log":{"entries":[{"request":{"url":"http://me:secret@a.test/","method":"BREW"},"response":{"status":200}},{`), &out)
	if err == nil || !strings.Contains(err.Error(), "at byte ") {
		t.Errorf("error %v", err)
	}
	if s := out.String(); strings.Contains(s, "secret") || !strings.Contains(s, `"_OTHER"`) || !strings.Contains(s, `"BREW"`) {
		t.Errorf("spans %s", s)
	}
}
