package compare

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"pageload/loader/internal/figure"
	"pageload/loader/waterfall"
)

// What says what of a request changed.
type What string

// What can change.
const (
	Blocking   What = "blocking"   // whether it blocks rendering
	Status     What = "status"     // the status, or that it failed
	Type       What = "type"       // the resource type, or the media type of the response
	Priority   What = "priority"   // the first one
	Start      What = "start"      // it is asked for earlier or later
	Order      What = "order"      // others are asked for before it, or after it, that were not
	Size       What = "size"       // of the response on the wire, head included
	Connection What = "connection" // its protocol, or that it needs one of its own, or none any more
	Cache      What = "cache"      // where it came from
	URL        What = "url"        // matched by a looser rule than the URL
)

// A Change is one thing that changed. From and To are for people.
type Change struct {
	What     What
	From, To string
	By       float64 // milliseconds of Start, bytes of Size; 0 otherwise
}

// String returns the change in a few words.
func (c Change) String() string {
	switch {
	case c.What == Order:
		return "another place in the order"
	case c.What == URL:
		return "now " + c.To
	}
	return fmt.Sprintf("%s %s -> %s", c.What, c.From, c.To)
}

// Blocks reports whether a request keeps the page from being rendered: a
// document's own blocking is not counted.
func Blocks(r *waterfall.Request) bool {
	return r.RenderBlocking == "Blocking" || r.RenderBlocking == "InBodyParserBlocking"
}

// A changer finds what changed between two requests that are the same.
type changer struct {
	a, b *waterfall.Request
	o    Options
	list []Change
}

func (c *changer) add(w What, from, to string) { c.list = append(c.list, Change{w, from, to, 0}) }

func (c *changer) differ(w What, from, to string) {
	if from != to {
		c.add(w, from, to)
	}
}

func (c *changer) run() {
	a, b := c.a, c.b
	if Blocks(a) != Blocks(b) {
		c.add(Blocking, cmp.Or(a.RenderBlocking, "no"), cmp.Or(b.RenderBlocking, "no"))
	}
	c.differ(Status, outcome(a), outcome(b))
	c.differ(Type, kind(a), kind(b))
	c.differ(Priority, string(a.Priority), string(b.Priority))
	c.start()
	if by := b.Transferred() - a.Transferred(); by != 0 && max(by, -by) >= c.o.Bytes {
		c.list = append(c.list, Change{Size, figure.Bytes(a.Transferred()), figure.Bytes(b.Transferred()), float64(by)})
	}
	c.differ(Connection, carrier(a), carrier(b))
	c.differ(Cache, cmp.Or(a.FromCache, "network"), cmp.Or(b.FromCache, "network"))
	c.differ(URL, a.URL, b.URL)
}

func (c *changer) start() {
	from, to := known(c.a.Start), known(c.b.Start)
	by := to - from
	least := c.o.Moved
	if least == 0 {
		least = max(50*time.Millisecond, min(from, to)/10)
	}
	if by != 0 && max(by, -by) >= least {
		c.list = append(c.list, Change{Start, duration(from), duration(to), float64(by) / 1e6})
	}
}

// known takes what did not happen, and what cannot have, for the beginning or a century.
func known(d time.Duration) time.Duration {
	const century = 100 * 365 * 24 * time.Hour
	return max(0, min(d, century))
}

// outcome is a request's status, or how it failed.
func outcome(r *waterfall.Request) string {
	switch {
	case r.BlockedReason != "":
		return "blocked (" + r.BlockedReason + ")"
	case r.Err != "" && r.Status != 0:
		return strconv.Itoa(r.Status) + ", failed (" + cmp.Or(r.NetError, r.Err) + ")"
	case r.Err != "":
		return "failed (" + cmp.Or(r.NetError, r.Err) + ")"
	}
	return strconv.Itoa(r.Status)
}

// kind is what a request is for, and what came.
func kind(r *waterfall.Request) string {
	if r.MIMEType == "" {
		return string(r.Type)
	}
	return string(r.Type) + " (" + r.MIMEType + ")"
}

// carrier is how a request was carried: which protocol, and whether a connection
// had to be opened for it.
func carrier(r *waterfall.Request) string {
	switch {
	case r.ConnID == 0:
		return "none"
	case r.Times.ConnectStart != waterfall.None && !r.Reused:
		return "new " + r.Proto
	}
	return "kept " + r.Proto
}
