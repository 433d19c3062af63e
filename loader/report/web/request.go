package web

import (
	"time"

	"pageload/loader/waterfall"
)

// requestData is a row. Members that are usually empty are left out then.
type requestData struct {
	ID        int32      `json:"id"`
	Parent    int        `json:"parent"` // index of the row that it came from, -1 if none
	Frame     int32      `json:"frame,omitempty"`
	URL       string     `json:"url"`
	Host      string     `json:"host"`
	Method    string     `json:"method"`
	Type      string     `json:"type"`
	Priority  string     `json:"prio"`
	First     string     `json:"first,omitempty"` // the initial priority, where it is another
	Status    int        `json:"status"`
	Text      string     `json:"text,omitempty"`
	Proto     string     `json:"proto,omitempty"`
	MIME      string     `json:"mime,omitempty"`
	From      moment     `json:"from"`
	To        moment     `json:"to"`
	Spans     [][3]int64 `json:"spans"` // phase, from, to
	Done      bool       `json:"done"`
	Failed    bool       `json:"failed,omitempty"` // also where the status says so
	Err       string     `json:"err,omitempty"`
	Net       string     `json:"net,omitempty"`
	Blocked   string     `json:"blocked,omitempty"`
	Cache     string     `json:"cache,omitempty"`
	Verdict   string     `json:"verdict,omitempty"` // of the cache, and why
	Cookies   []string   `json:"cookies,omitempty"` // that were held back, and why
	Redirect  string     `json:"redirect,omitempty"`
	Sent      int64      `json:"sent"`
	Received  int64      `json:"received"`
	Decoded   int64      `json:"decoded"` // -1: not known
	Conn      uint64     `json:"conn,omitempty"`
	Reused    bool       `json:"reused,omitempty"`
	Remote    string     `json:"remote,omitempty"`
	Local     string     `json:"local,omitempty"`
	Retries   int        `json:"retries,omitempty"`
	Initiator string     `json:"by"`              // the sort of it
	Named     string     `json:"named,omitempty"` // the URL that named it, where that is not the parent's
	Line      int        `json:"line,omitempty"`
	FoundBy   string     `json:"foundBy,omitempty"`
	Offset    int        `json:"offset,omitempty"`
	Rule      string     `json:"rule,omitempty"`
	Blocking  string     `json:"blocking,omitempty"`
	Waits     []waitData `json:"waits,omitempty"`
	DNS       []dnsData  `json:"dns,omitempty"`
	TLS       *tlsData   `json:"tls,omitempty"`
	Request   []int      `json:"qh,omitempty"` // indices of fields
	Response  []int      `json:"rh,omitempty"`
}

type waitData struct {
	From moment `json:"from"`
	To   moment `json:"to"`
	Why  string `json:"why"`
}

type dnsData struct {
	Level     string `json:"level"`
	Server    string `json:"server,omitempty"`
	Question  string `json:"question,omitempty"`
	Transport string `json:"transport,omitempty"`
	RCode     string `json:"rcode,omitempty"`
	At        moment `json:"at"`
	Took      moment `json:"took"`
	TTL       int64  `json:"ttl,omitempty"` // seconds
	Cached    bool   `json:"cached,omitempty"`
	Err       string `json:"err,omitempty"`
}

type tlsData struct {
	Version string `json:"version"`
	Cipher  string `json:"cipher"`
	ALPN    string `json:"alpn,omitempty"`
	Name    string `json:"name,omitempty"`
	Resumed bool   `json:"resumed,omitempty"`
	Subject string `json:"subject,omitempty"`
	Issuer  string `json:"issuer,omitempty"`
}

// maxCookies bounds the cookies of a request that are told to be held back.
const maxCookies = 50

// encoder turns rows into data. Header fields that are alike, and most are, stand
// in the file once.
type encoder struct {
	wf          *waterfall.Waterfall
	causes      []int
	omitHeaders bool
	fields      map[waterfall.Field]int
	list        [][2]string
}

func (e *encoder) request(i int) *requestData {
	r := &e.wf.Requests[i]
	d := &requestData{
		ID: r.ID, Parent: e.causes[i], Frame: r.Frame, URL: short(r.URL, maxURL), Host: short(waterfall.HostOf(r.URL), maxText), Method: r.Method, Type: string(r.Type),
		Priority: string(r.FinalPriority), Status: r.Status, Text: short(r.StatusText, maxText), Proto: r.Proto, MIME: short(r.MIMEType, maxText),
		Done: r.Done, Failed: r.Failed() || r.Status >= 400, Err: short(r.Err, maxText), Net: r.NetError, Blocked: short(r.BlockedReason, maxText),
		Cache: r.FromCache, Redirect: short(r.RedirectURL, maxURL), Sent: r.SentBytes, Received: r.Transferred(), Decoded: r.DecodedBytes,
		Conn: r.ConnID, Reused: r.Reused, Remote: r.Remote, Local: r.Local, Retries: r.Retries,
		Initiator: r.Initiator.Type, Line: r.Initiator.Line, FoundBy: r.FoundBy, Offset: r.Offset, Rule: r.Rule.Property, Blocking: r.RenderBlocking,
		DNS: newSteps(r.DNS), TLS: newTLS(r.TLS), Request: e.header(r.RequestHeader), Response: e.header(r.ResponseHeader),
	}
	if r.Cache != nil {
		d.Verdict = short(r.Cache.Reason, maxText)
	}
	for _, b := range r.BlockedCookies[:min(len(r.BlockedCookies), maxCookies)] {
		d.Cookies = append(d.Cookies, short(b.String(), maxText))
	}
	if r.Priority != r.FinalPriority {
		d.First = string(r.Priority)
	}
	if c := e.causes[i]; r.Initiator.URL != "" && (c < 0 || e.wf.Requests[c].URL != r.Initiator.URL) {
		d.Named = short(r.Initiator.URL, maxURL)
	}
	d.spans(r, e.wf.Page.End)
	for _, w := range r.Waits {
		d.Waits = append(d.Waits, waitData{moment(w.From), moment(w.To), short(w.Reason, maxText)})
	}
	return d
}

// spans sets the phases, and the ends of the row. A request under way is still
// doing the last thing.
func (d *requestData) spans(r *waterfall.Request, now time.Duration) {
	d.Spans = [][3]int64{}
	d.From, d.To = moment(r.Start), moment(r.Start)
	if r.Start == waterfall.None {
		d.From, d.To = 0, 0
	}
	for _, s := range r.Spans() {
		d.Spans = append(d.Spans, [3]int64{int64(s.Phase), s.From.Microseconds(), s.To.Microseconds()})
		d.To = moment(s.To)
	}
	if n := len(d.Spans); !r.Done && n > 0 && now > time.Duration(d.To) {
		d.Spans[n-1][2], d.To = now.Microseconds(), moment(now)
	}
}

func newSteps(list []waterfall.DNSStep) []dnsData {
	var steps []dnsData
	for i := range list {
		s := &list[i]
		steps = append(steps, dnsData{s.Level, s.Server, short(s.Question, maxText), s.Transport, s.RCode, moment(s.Start), moment(s.Duration), int64(s.TTL.Seconds()), s.Cached, short(s.Err, maxText)})
	}
	return steps
}

func newTLS(t *waterfall.TLS) *tlsData {
	if t == nil {
		return nil
	}
	return &tlsData{t.Version, t.Cipher, t.ALPN, t.ServerName, t.Resumed, short(t.Subject, maxText), short(t.Issuer, maxText)}
}

// header returns the indices of fields, which it adds to the list.
func (e *encoder) header(fields []waterfall.Field) []int {
	if e.omitHeaders || len(fields) == 0 {
		return nil
	}
	list := make([]int, len(fields))
	for i, f := range fields {
		at, ok := e.fields[f]
		if !ok {
			at = len(e.list)
			e.fields[f] = at
			e.list = append(e.list, [2]string{short(f.Name, maxText), short(f.Value, maxField)})
		}
		list[i] = at
	}
	return list
}
