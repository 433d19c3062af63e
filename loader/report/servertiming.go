package report

import (
	"strings"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// mostTimed is how many responses' own metrics are told, and mostMetrics how
// many of one.
const (
	mostTimed   = 50
	mostMetrics = 20
)

// serverTiming lists what servers said of the time that they took, beside how
// long was waited for them.
func (t *text) serverTiming() {
	s := &t.out
	listed := 0
	for _, r := range t.rows {
		list := r.ServerTiming()
		if len(list) == 0 {
			continue
		}
		if listed++; listed > mostTimed {
			continue
		}
		if listed == 1 {
			t.section("Server timing")
		}
		s.printf("  %s  waited %s\n", escapeURL(r.URL), figure.Duration(r.Phases().Wait))
		var parts []string
		for _, m := range list[:min(len(list), mostMetrics)] {
			parts = append(parts, s.escape(metric(m)))
		}
		if len(list) > mostMetrics {
			parts = append(parts, "…")
		}
		s.printf("    %s\n", strings.Join(parts, "; "))
	}
	if listed > mostTimed {
		s.printf("  and %d more responses\n", listed-mostTimed)
	}
}

func metric(m waterfall.ServerTiming) string {
	text := m.Name
	if m.Description != "" {
		text += " (" + m.Description + ")"
	}
	if m.Duration != 0 {
		text += " " + figure.Duration(m.Duration)
	}
	return text
}
