package iterate

import (
	"fmt"
	"strings"
	"testing"
)

func TestExpose(t *testing.T) {
	tests := []struct {
		known, labels int
		want          string // labels shown by each question in turn
	}{
		{0, 1, "1"},
		{1, 3, "2 3"},
		{0, 5, "1 2 3 4 5"},
		{0, 18, "1 2 3 4 6 8 10 12 15 18"}, // the example of RFC 9156 section 2.3
		{0, 100, "1 2 3 4 20 36 52 68 84 100"},
		{2, 12, "3 4 5 6 7 8 9 10 11 12"},
	}
	for _, tt := range tests {
		var got []string
		known := tt.known
		for asked := 0; known < tt.labels; asked++ {
			known = expose(known, tt.labels, asked)
			got = append(got, fmt.Sprint(known))
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("from %d to %d labels: %s, want %s", tt.known, tt.labels, s, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		want string
	}{
		{"a.b.test.", 0, "."}, {"a.b.test.", 1, "test."}, {"a.b.test.", 3, "a.b.test."}, {"a.b.test.", 9, "a.b.test."},
		{`a\.b.test.`, 2, `a\.b.test.`}, {".", 1, "."},
	} {
		if got := last(tt.name, tt.n); got != tt.want {
			t.Errorf("last(%q, %d) = %q, want %q", tt.name, tt.n, got, tt.want)
		}
	}
	for _, tt := range []struct {
		zone, name string
		want       bool
	}{
		{".", "www.example.com.", true}, {"com.", "www.example.com.", true}, {"example.com.", "www.example.com.", false},
		{"uk.", "www.example.co.uk.", true}, {"co.uk.", "www.example.co.uk.", true}, {"example.co.uk.", "www.example.co.uk.", false},
		{"test.", "www.example.test.", true}, {".", "com.", true},
	} {
		if got := registry(tt.zone, tt.name); got != tt.want {
			t.Errorf("registry(%q, %q) = %v, want %v", tt.zone, tt.name, got, tt.want)
		}
	}
}
