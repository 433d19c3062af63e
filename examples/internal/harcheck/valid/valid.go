package valid

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed har-1.2.merged.schema.json
var schemaText []byte

// Rules are what a user may set; the zero value asks for exact sums.
type Rules struct {
	Entries   int     // the least number of entries
	Tolerance float64 // milliseconds by which the parts of an entry may miss its time
}

// archive is what the checks beyond the schema look at.
type archive struct {
	Log struct {
		Version string
		Pages   []page
		Entries []entry
	}
}

type page struct {
	ID          string
	PageTimings struct{ OnContentLoad, OnLoad *json.Number }
}

type entry struct {
	Pageref  string
	Started  time.Time `json:"startedDateTime"`
	Time     json.Number
	Timings  map[string]any
	Request  struct{ URL string }
	Response struct {
		Status      int
		RedirectURL string
	}
	ServerIPAddress string
	Connection      string
	ID              *int64 `json:"_id"`
	RequestID       string `json:"_requestId"`
	Error           string `json:"_error"`
	Unfinished      bool   `json:"_unfinished"`
}

// HAR returns the number of entries of a HAR and what is wrong with it.
func HAR(b []byte, r Rules) (entries int, faults []string) {
	b = bytes.TrimPrefix(b, []byte("\ufeff"))
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		return 0, []string{"no JSON: " + err.Error()}
	}
	if faults := validate(doc); len(faults) > 0 {
		return 0, faults
	}
	var h archive
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&h); err != nil {
		return 0, []string{"no HAR: " + err.Error()}
	}
	c := checker{Rules: r, archive: &h}
	c.log()
	return len(h.Log.Entries), c.faults
}

// validate returns what the schema finds.
func validate(doc any) []string {
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaText))
	if err != nil {
		return []string{"schema: " + err.Error()}
	}
	c := jsonschema.NewCompiler()
	c.RegisterFormat(&jsonschema.Format{Name: "uri", Validate: url})
	c.AssertFormat()
	if err := c.AddResource("har.json", schema); err != nil {
		return []string{"schema: " + err.Error()}
	}
	s, err := c.Compile("har.json")
	if err != nil {
		return []string{"schema: " + err.Error()}
	}
	var invalid *jsonschema.ValidationError
	if err := s.Validate(doc); errors.As(err, &invalid) {
		lines := strings.Split(invalid.Error(), "\n")
		return lines[1:] // the first one only says that it failed
	}
	return nil
}

// url accepts what browsers request: a scheme, and no byte that ends a URL. RFC
// 3986 would refuse a path with a vertical bar, which they send as it is.
func url(v any) error {
	s, ok := v.(string)
	if !ok {
		return nil
	}
	scheme, _, ok := strings.Cut(s, ":")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?#[]@% ") || strings.ContainsAny(s, " <>\"\n\r\t\x00") {
		return fmt.Errorf("%q is no URL", s)
	}
	return nil
}

type checker struct {
	Rules
	*archive
	faults []string
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *checker) log() {
	if v := c.Log.Version; v != "1.2" {
		c.fault("version %q, want 1.2", v)
	}
	if n := len(c.Log.Entries); n < c.Entries {
		c.fault("%d entries, want at least %d", n, c.Entries)
	}
	pages := map[string]bool{}
	for _, p := range c.Log.Pages {
		if pages[p.ID] {
			c.fault("page %q is there twice", p.ID)
		}
		pages[p.ID] = true
		dcl, load := number(p.PageTimings.OnContentLoad), number(p.PageTimings.OnLoad)
		if dcl.Sign() >= 0 && load.Sign() >= 0 && load.Cmp(dcl) < 0 {
			c.fault("page %q: onLoad is before onContentLoad", p.ID)
		}
	}
	for i := range c.Log.Entries {
		e := &c.Log.Entries[i]
		if e.Pageref != "" && !pages[e.Pageref] {
			c.entryFault(i, "pageref %q names no page", e.Pageref)
		}
		if i > 0 && e.Started.Before(c.Log.Entries[i-1].Started) {
			c.entryFault(i, "begins before the entry ahead of it")
		}
		if e.Response.Status == 0 && e.Error == "" && !e.Unfinished {
			c.entryFault(i, "has neither a status nor an error")
		}
		c.timings(i, e)
	}
	c.ids()
}

func (c *checker) entryFault(i int, format string, args ...any) {
	c.fault("entry %d (%s): %s", i, c.Log.Entries[i].Request.URL, fmt.Sprintf(format, args...))
}

// timings checks that the phases touch each other and fill the entry's time.
func (c *checker) timings(i int, e *entry) {
	sum := new(big.Rat)
	value := func(name string) *big.Rat {
		n, ok := e.Timings[name].(json.Number)
		if !ok {
			return big.NewRat(-1, 1)
		}
		return number(&n)
	}
	for _, name := range []string{"blocked", "dns", "connect", "ssl", "send", "wait", "receive"} {
		d := value(name)
		if d.Sign() < 0 {
			optional := name == "blocked" || name == "dns" || name == "connect" || name == "ssl"
			if !optional || d.Cmp(big.NewRat(-1, 1)) != 0 {
				c.entryFault(i, "%s is %s", name, d.FloatString(3))
			}
			continue
		}
		if name != "ssl" {
			sum.Add(sum, d)
		}
	}
	total := number(&e.Time)
	off := new(big.Rat).Sub(sum, total)
	limit, ok := new(big.Rat).SetString(fmt.Sprint(c.Tolerance))
	if !ok {
		limit = new(big.Rat)
	}
	if off.Abs(off).Cmp(limit) > 0 {
		c.entryFault(i, "parts add up to %s ms, not to %s", sum.FloatString(3), total.FloatString(3))
	}
	if ssl := value("ssl"); ssl.Sign() >= 0 && ssl.Cmp(new(big.Rat).Add(value("connect"), limit)) > 0 {
		c.entryFault(i, "ssl is longer than connect")
	}
}

// ids checks what identifies an entry, its redirect chain and its connection.
func (c *checker) ids() {
	seen := map[int64]bool{}
	chain := map[string]int{}
	address := map[string]string{}
	for i := range c.Log.Entries {
		e := &c.Log.Entries[i]
		if e.ID != nil {
			if seen[*e.ID] {
				c.entryFault(i, "_id %d is there twice", *e.ID)
			}
			seen[*e.ID] = true
		}
		if e.RequestID != "" {
			if before, ok := chain[e.RequestID]; ok && c.Log.Entries[before].Response.RedirectURL == "" {
				c.entryFault(i, "_requestId %s is that of entry %d, which is no redirect", e.RequestID, before)
			}
			chain[e.RequestID] = i
		}
		if e.Connection != "" && e.ServerIPAddress != "" {
			if a, ok := address[e.Connection]; ok && a != e.ServerIPAddress {
				c.entryFault(i, "connection %s goes to %s, before to %s", e.Connection, e.ServerIPAddress, a)
			}
			address[e.Connection] = e.ServerIPAddress
		}
	}
}

// number returns the exact value of a decimal, -1 for none.
func number(n *json.Number) *big.Rat {
	if n != nil {
		if r, ok := new(big.Rat).SetString(n.String()); ok {
			return r
		}
	}
	return big.NewRat(-1, 1)
}
