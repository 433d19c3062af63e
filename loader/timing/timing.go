package timing

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"pageload/loader/waterfall"
)

// Write writes the entries as a JSON array, one a line, the navigation first.
// There is none of it where the document never came.
func Write(w io.Writer, wf *waterfall.Waterfall) error {
	if wf == nil {
		return errors.New("timing: no waterfall")
	}
	nav, list := Entries(wf)
	b := bufio.NewWriter(w)
	b.WriteByte('[')
	separator := "\n"
	put := func(v any) error {
		text, err := json.Marshal(v)
		if err != nil {
			return err
		}
		b.WriteString(separator)
		separator = ",\n"
		_, err = b.Write(text)
		return err
	}
	var err error
	if nav != nil {
		err = put(nav)
	}
	for i := range list {
		if err == nil {
			err = put(&list[i])
		}
	}
	b.WriteString("\n]\n")
	if err = cmp.Or(err, b.Flush()); err != nil {
		return fmt.Errorf("timing: write: %w", err)
	}
	return nil
}

// headSize is what transferSize counts for a head (Resource Timing, section 4.3).
const headSize = 300

// Entries returns the navigation, nil if no document came, and the resources of
// the main document in the order in which they were asked for.
func Entries(wf *waterfall.Waterfall) (*Navigation, []Resource) {
	chains := map[int32][]*waterfall.Request{}
	var order []int32
	for i := range wf.Requests {
		r := &wf.Requests[i]
		c := cmp.Or(r.Chain, r.ID)
		if chains[c] == nil {
			order = append(order, c)
		}
		chains[c] = append(chains[c], r)
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(chains[a][0].Start, chains[b][0].Start) })
	var doc []*waterfall.Request
	for _, c := range order {
		if hops := chains[c]; hops[0].Frame == 0 && hops[0].Type == waterfall.Document {
			doc = hops
			break
		}
	}
	if doc == nil {
		return nil, nil
	}
	main := doc[len(doc)-1]
	v := view{origin: origin(main.URL), document: noFragment(main.URL), sheets: map[string]bool{}}
	for i := range wf.Requests {
		if r := &wf.Requests[i]; r.Type == waterfall.Stylesheet {
			v.sheets[noFragment(r.URL)] = true
		}
	}
	var list []Resource
	for _, c := range order {
		if hops := chains[c]; hops[0] != doc[0] && v.shown(hops) {
			list = append(list, v.resource(hops))
		}
	}
	if main.Status == 0 {
		return nil, list
	}
	return v.navigation(wf, doc), list
}

// A view is what a document's scripts see.
type view struct {
	origin, document string
	sheets           map[string]bool // URLs
}

// shown reports whether the resource belongs to the document's timeline.
func (v *view) shown(hops []*waterfall.Request) bool {
	r := hops[0]
	switch {
	case !strings.HasPrefix(r.URL, "http://") && !strings.HasPrefix(r.URL, "https://"), r.BlockedReason != "" && r.Times.SendStart == waterfall.None:
		return false
	case r.Type == waterfall.Document:
		return noFragment(r.Initiator.URL) == v.document
	}
	return r.Frame == 0
}

func (v *view) navigation(wf *waterfall.Waterfall, hops []*waterfall.Request) *Navigation {
	n := &Navigation{Resource: v.timed(hops), Type: "navigate"}
	last := hops[len(hops)-1]
	n.EntryType, n.Name, n.InitiatorType = "navigation", noFragment(last.URL), "navigation"
	n.StartTime = 0
	n.RenderBlockingStatus = "non-blocking"
	same := !slices.ContainsFunc(hops, func(r *waterfall.Request) bool { return origin(r.URL) != v.origin })
	if same {
		n.RedirectCount = len(hops) - 1
	} else {
		n.RedirectStart, n.RedirectEnd = 0, 0
	}
	p := &wf.Page
	n.DOMInteractive = ms(p.DOMInteractive)
	n.DOMContentLoadedEventStart, n.DOMContentLoadedEventEnd = ms(p.DOMContentLoaded), ms(p.DOMContentLoaded)
	n.DOMComplete, n.LoadEventStart, n.LoadEventEnd = ms(p.Load), ms(p.Load), ms(p.Load)
	n.Duration = n.LoadEventEnd
	return n
}

func (v *view) resource(hops []*waterfall.Request) Resource {
	first, last := hops[0], hops[len(hops)-1]
	e := v.timed(hops)
	mode := modeOf(last)
	if !v.allowed(hops) {
		e = Resource{StartTime: e.StartTime, FetchStart: e.StartTime, ResponseEnd: e.ResponseEnd, Duration: e.Duration, ServerTiming: []ServerTiming{}}
		if crossed := slices.ContainsFunc(hops, func(r *waterfall.Request) bool { return origin(r.URL) != v.origin }); !crossed || mode == "cors" && !last.Failed() {
			// A response that is opaque has none of these.
			e.ResponseStatus, e.ContentType, e.ContentEncoding = last.Status, minimal(last.MIMEType), coding(last)
		}
	}
	e.EntryType, e.Name, e.InitiatorType = "resource", noFragment(first.URL), v.initiator(first)
	e.RenderBlockingStatus = "non-blocking"
	if first.RenderBlocking == "Blocking" {
		e.RenderBlockingStatus = "blocking"
	}
	return e
}

// timed is the entry as if everything were allowed to be seen.
func (v *view) timed(hops []*waterfall.Request) Resource {
	first, r := hops[0], hops[len(hops)-1]
	t := &r.Times
	e := Resource{StartTime: ms(first.Start), ServerTiming: []ServerTiming{}}
	begin := r.Start
	if len(hops) > 1 {
		e.RedirectStart, e.RedirectEnd = ms(first.Start), ms(hops[len(hops)-2].Times.End)
	}
	e.FetchStart = ms(begin)
	e.ResponseEnd = ms(t.End)
	e.Duration = round(e.ResponseEnd - e.StartTime)
	if r.Status == 0 {
		return e
	}
	// What happened before this request did not happen to it.
	at := func(d time.Duration, otherwise float64) float64 {
		if d == waterfall.None {
			return otherwise
		}
		return ms(max(d, begin))
	}
	e.DomainLookupStart = at(t.DNSStart, e.FetchStart)
	e.DomainLookupEnd = at(t.DNSEnd, e.DomainLookupStart)
	e.ConnectStart = at(t.ConnectStart, e.DomainLookupEnd)
	e.ConnectEnd = at(t.ConnectEnd, e.ConnectStart)
	if strings.HasPrefix(r.URL, "https:") {
		e.SecureConnectionStart = at(t.TLSStart, e.ConnectStart)
	}
	e.RequestStart = at(t.SendStart, e.ConnectEnd)
	e.ResponseStart = at(t.FirstByte, e.RequestStart)
	e.FinalResponseHeadersStart = at(t.HeadEnd, e.ResponseStart)
	e.NextHopProtocol = nextHop(r.Proto)
	e.ResponseStatus = r.Status
	e.ContentType, e.ContentEncoding = minimal(r.MIMEType), coding(r)
	if r.FromCache != "" {
		e.DeliveryType = "cache"
	} else {
		e.TransferSize = max(0, r.BodyBytes) + headSize
	}
	e.EncodedBodySize = max(0, r.BodyBytes)
	switch {
	case r.DecodedBytes >= 0:
		e.DecodedBodySize = r.DecodedBytes
	case e.ContentEncoding == "":
		e.DecodedBodySize = e.EncodedBodySize
	}
	for _, m := range r.ServerTiming() {
		e.ServerTiming = append(e.ServerTiming, ServerTiming{m.Name, float64(m.Duration.Microseconds()) / 1e3, m.Description})
	}
	return e
}

func coding(r *waterfall.Request) string { return strings.ToLower(field(r, "Content-Encoding")) }

// minimal is MIME Sniffing's minimized type. Fonts are none that Chromium shows.
func minimal(mime string) string {
	switch {
	case strings.HasSuffix(mime, "javascript"), strings.HasSuffix(mime, "ecmascript"):
		return "text/javascript"
	case mime == "text/json", strings.HasSuffix(mime, "/json"), strings.HasSuffix(mime, "+json"):
		return "application/json"
	case mime == "image/svg+xml":
		return mime
	case mime == "text/xml", strings.HasSuffix(mime, "/xml"), strings.HasSuffix(mime, "+xml") && mime != "application/xhtml+xml":
		return "application/xml"
	case strings.HasPrefix(mime, "font/"), mime == "application/octet-stream":
		return ""
	}
	return mime
}

func round(f float64) float64 { return float64(int64(f*1e3+0.5)) / 1e3 }

// nextHop is the protocol by its ALPN name.
func nextHop(proto string) string {
	switch proto {
	case "HTTP/2.0":
		return "h2"
	case "HTTP/3.0":
		return "h3"
	}
	return strings.ToLower(proto)
}

// allowed is Fetch's TAO check over a chain: once it failed it has failed.
func (v *view) allowed(hops []*waterfall.Request) bool {
	for _, r := range hops {
		if r.Status == 0 || r.Failed() {
			return false
		}
		ok := false
		for _, f := range r.ResponseHeader {
			if strings.EqualFold(f.Name, "Timing-Allow-Origin") {
				for part := range strings.SplitSeq(f.Value, ",") {
					part = strings.Trim(part, " \t")
					ok = ok || part == "*" || part == v.origin
				}
			}
		}
		if !ok && origin(r.URL) != v.origin {
			return false
		}
	}
	return true
}

// modeOf is the request's mode as far as it shows: secure requests say it, others
// have an Origin with CORS, and fonts and imports are always asked for so.
func modeOf(r *waterfall.Request) string {
	for _, f := range r.RequestHeader {
		if strings.EqualFold(f.Name, "Sec-Fetch-Mode") {
			return f.Value
		}
		if strings.EqualFold(f.Name, "Origin") {
			return "cors"
		}
	}
	if r.Type == waterfall.Font || r.Type == waterfall.Script && r.FoundBy == "import" {
		return "cors"
	}
	return "no-cors"
}

// initiator is the initiatorType: the element's name or what else asked.
func (v *view) initiator(r *waterfall.Request) string {
	bySheet := r.Rule.Property != "" || r.FoundBy == "style" || v.sheets[noFragment(r.Initiator.URL)]
	switch {
	case r.Type == waterfall.Document:
		return "iframe"
	case r.LinkPreload, r.FoundBy == "link header", r.Type == waterfall.Manifest:
		return "link"
	case bySheet, r.Type == waterfall.Font:
		return "css"
	}
	switch r.Type {
	case waterfall.Stylesheet:
		return "link"
	case waterfall.Script:
		return "script"
	case waterfall.Image:
		return "img"
	case waterfall.Media:
		if strings.HasPrefix(r.MIMEType, "audio/") {
			return "audio"
		}
		return "video"
	case waterfall.TextTrack:
		return "track"
	case waterfall.Fetch:
		return "fetch"
	}
	return "other"
}

func field(r *waterfall.Request, name string) string {
	for _, f := range r.ResponseHeader {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

func noFragment(u string) string {
	u, _, _ = strings.Cut(u, "#")
	return u
}

// origin is the URL's origin, serialised; "null" where it has none.
func origin(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return "null"
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}
