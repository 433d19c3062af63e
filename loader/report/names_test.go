package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pageload/loader/report"
	"pageload/loader/waterfall"
)

// looked is a request that waited for a lookup of its host.
func looked(at time.Duration, host, remote string, steps ...waterfall.DNSStep) waterfall.Request {
	r := request(1, at, "http://"+host+"/", waterfall.Image, waterfall.Low)
	r.Remote = remote
	for _, s := range steps {
		s.Question = "A " + host
		r.DNS = append(r.DNS, s)
	}
	return r
}

// Without being asked for, the terminal shows which level answered for each name, how long that took, what was left of the
// TTL, and the addresses.
func TestNamesInALineEach(t *testing.T) {
	miss := waterfall.DNSStep{Level: "browser", Transport: "cache"}
	pass := waterfall.DNSStep{Level: "os", Err: "not known at this level", Duration: ms}
	answer := func(level string, ttl time.Duration) waterfall.DNSStep {
		return waterfall.DNSStep{Level: level, RCode: "NOERROR", TTL: ttl, Start: 2 * ms, Duration: 20 * ms}
	}
	none := waterfall.DNSStep{Level: "isp", RCode: "NOERROR", Err: "name has no address", TTL: 5 * time.Second, Start: 2 * ms, Duration: 9 * ms}
	gone := waterfall.DNSStep{Level: "root", RCode: "NXDOMAIN", Err: "no such name", TTL: 60 * time.Second, Start: ms, Duration: 90 * ms}
	silent := waterfall.DNSStep{Level: "isp", Err: "i/o timeout", Duration: 5 * time.Second}
	hit := waterfall.DNSStep{Level: "browser", RCode: "NOERROR", Transport: "cache", TTL: 118 * time.Second, Cached: true}
	wf := &waterfall.Waterfall{Requests: []waterfall.Request{
		looked(0, "a.test", "192.0.2.1:80", miss, pass, answer("isp", 300*time.Second), answer("isp", 200*time.Second)),
		looked(0, "a.test", "192.0.2.1:80", miss, pass, answer("isp", 300*time.Second), answer("isp", 200*time.Second)), // waited with it
		looked(30*ms, "a.test", "[2001:db8::1]:80", hit),
		looked(0, "four.test", "192.0.2.4:80", miss, pass, none, answer("isp", 80*time.Second)),
		looked(0, "warm.test", "192.0.2.5:80", hit),
		looked(0, "gone.test", "", miss, pass, gone),
		looked(0, "dead.test", "", miss, pass, silent),
		looked(0, "192.0.2.9", "192.0.2.9:80", waterfall.DNSStep{Level: "literal", RCode: "NOERROR"}),
	}}
	got := text(t, wf, report.TextOptions{Width: 80})
	_, got, _ = strings.Cut(got, "\nNames\n")
	got, _, _ = strings.Cut(got, "\n\n")
	want := `  a.test     isp        22 ms  ttl 200 s    192.0.2.1 2001:db8::1
  four.test  isp        22 ms  ttl 80 s     192.0.2.4
  gone.test  root       91 ms  ttl 60 s     no such name
  dead.test  none      5.00 s               i/o timeout
  warm.test  browser     0 ms  ttl 118 s    192.0.2.5`
	if got != want && strings.TrimSuffix(got, "\n") != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	for i := range 20 {
		wf.Requests = append(wf.Requests, looked(0, fmt.Sprintf("%s%d.test", strings.Repeat("long-", i), i), "192.0.2.6:80", hit))
	}
	for _, width := range []int{60, 80, 120} {
		got := text(t, wf, report.TextOptions{Width: width})
		_, names, _ := strings.Cut(got, "\nNames\n")
		names, _, _ = strings.Cut(names, "\n\n")
		lines := strings.Split(strings.TrimSpace(names), "\n")
		if len(lines) != 9 || lines[8] != "  and 17 more" {
			t.Errorf("%d lines for 25 names:\n%s", len(lines), names)
		}
		for _, line := range lines {
			if len([]rune(line)) > width {
				t.Errorf("a line of %d columns where there are %d: %q", len([]rune(line)), width, line)
			}
		}
	}
}
