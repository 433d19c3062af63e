package loader_test

import (
	"fmt"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// name shortens a URL of the world's: "/x.png" for one of the host "site",
// "cdn/x.png" for others, the whole URL where it is none of the world's.
func (p *loaded) name(url string) string {
	rest, ok := strings.CutPrefix(url, "http://")
	if !ok {
		return url
	}
	host, path, _ := strings.Cut(rest, "/")
	switch label := p.w.site.label(host); {
	case label == "" || strings.Contains(host, ":"):
		return url
	case label == "site":
		return "/" + path
	default:
		return label + "/" + path
	}
}

// row returns the last request of a name.
func (p *loaded) row(name string) *waterfall.Request {
	p.w.Helper()
	for i := len(p.Requests) - 1; i >= 0; i-- {
		if p.name(p.Requests[i].URL) == name {
			return &p.Requests[i]
		}
	}
	p.w.Fatalf("no request for %s in\n%s", name, p)
	return nil
}

// chain returns the first request of a redirect chain.
func (p *loaded) chain(r *waterfall.Request) *waterfall.Request {
	for i := range p.Requests {
		if p.Requests[i].ID == r.Chain {
			return &p.Requests[i]
		}
	}
	p.w.Fatalf("%s: no request has the ID %d of its chain", r.URL, r.Chain)
	return nil
}

// names lists the requests in the order in which they were made.
func (p *loaded) names() string {
	var list []string
	for i := range p.Requests {
		list = append(list, p.name(p.Requests[i].URL))
	}
	return strings.Join(list, " ")
}

// wantRequests checks which requests were made, in order.
func (p *loaded) wantRequests(names ...string) {
	p.w.Helper()
	if got, want := p.names(), strings.Join(names, " "); got != want {
		p.w.Errorf("requests:\n%s, want\n%s", got, want)
	}
}

// wantTimes checks when a request was made, sent and over, in milliseconds.
func (p *loaded) wantTimes(name string, made, sent, end int) {
	p.w.Helper()
	r := p.row(name)
	got := fmt.Sprintf("made %s, sent %s, over %s", inMS(r.Start), inMS(r.Times.SendStart), inMS(r.Times.End))
	if want := fmt.Sprintf("made %d, sent %d, over %d", made, sent, end); got != want {
		p.w.Errorf("%s: %s, want %s", name, got, want)
	}
}

// wantError checks how a request failed: Chromium's name and words of the text.
func (p *loaded) wantError(name, net string, words ...string) *waterfall.Request {
	p.w.Helper()
	r := p.row(name)
	if !r.Failed() || r.NetError != net {
		p.w.Errorf("%s: error %q (%s), want %s", name, r.Err, r.NetError, net)
	}
	for _, word := range words {
		if !strings.Contains(r.Err, word) {
			p.w.Errorf("%s: error %q does not say %q", name, r.Err, word)
		}
	}
	return r
}

// wantMilestones checks milestones, in milliseconds.
func (p *loaded) wantMilestones(interactive, content, load int) {
	p.w.Helper()
	got := fmt.Sprintf("interactive %s, content %s, load %s", inMS(p.Page.DOMInteractive), inMS(p.Page.DOMContentLoaded), inMS(p.Page.Load))
	if want := fmt.Sprintf("interactive %d, content %d, load %d", interactive, content, load); got != want {
		p.w.Errorf("%s, want %s", got, want)
	}
}

// inMS prints an offset in whole milliseconds, "-" where nothing happened.
func inMS(d time.Duration) string {
	if d == waterfall.None {
		return "-"
	}
	return fmt.Sprint(d.Milliseconds())
}

// String is the waterfall as the expectations of testdata/sites have it: a line
// a request, then milestones and notes. Times are milliseconds: made, sent, over.
func (p *loaded) String() string {
	var b strings.Builder
	for i := range p.Requests {
		p.print(&b, &p.Requests[i])
	}
	for _, m := range []struct {
		name string
		at   time.Duration
	}{
		{"render", p.Page.RenderStart}, {"interactive", p.Page.DOMInteractive},
		{"content", p.Page.DOMContentLoaded}, {"load", p.Page.Load},
	} {
		fmt.Fprintf(&b, "%4s %s\n", inMS(m.at), m.name)
	}
	for _, notes := range []struct {
		name string
		list []waterfall.Note
	}{{"limit", p.Limits}, {"skipped", p.Skipped}, {"hint", p.Hints}} {
		for _, n := range notes.list {
			fmt.Fprintf(&b, "%4s %s: %s\n", inMS(n.At), notes.name, n.Text)
		}
	}
	if p.Page.Err != "" {
		fmt.Fprintf(&b, "error: %s\n", p.Page.Err)
	}
	return b.String()
}

func (p *loaded) print(b *strings.Builder, r *waterfall.Request) {
	priority := string(r.Priority)
	if r.FinalPriority != r.Priority {
		priority += ">" + string(r.FinalPriority)
	}
	fmt.Fprintf(b, "%4s %4s %4s  %-10s %-8s %-11s %s", inMS(r.Start), inMS(r.Times.SendStart), inMS(r.Times.End),
		r.Type, priority, strings.ReplaceAll(r.FoundBy, " ", "-"), p.name(r.URL))
	if r.Frame != 0 {
		fmt.Fprintf(b, " frame=%d", r.Frame)
	}
	if r.Status != 200 && r.Status != 0 {
		fmt.Fprintf(b, " status=%d", r.Status)
	}
	if r.RedirectURL != "" {
		fmt.Fprintf(b, " to=%s", p.name(r.RedirectURL))
	}
	if r.Chain != r.ID {
		b.WriteString(" redirected")
	}
	if r.NetError != "" {
		fmt.Fprintf(b, " %s", r.NetError)
	}
	if r.BlockedReason != "" {
		fmt.Fprintf(b, " blocked=%s", r.BlockedReason)
	}
	b.WriteByte('\n')
	if p.w.site.Waits {
		for _, w := range r.Waits {
			if w.From < w.To { // of several at one moment chance decides who is told to wait
				fmt.Fprintf(b, "          waits %s-%s: %s\n", inMS(w.From), inMS(w.To), w.Reason)
			}
		}
	}
}
