package har

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pageload/loader/waterfall"
)

// ReadOptions say what of a HAR is read. The zero value is ready.
type ReadOptions struct {
	// Page is the id of the page that is wanted, of a HAR that has several.
	// Empty: the first. Entries that name no page belong to every page.
	Page string
	// Bodies keeps the responses' bodies.
	Bodies bool
	// MaxBody is how long a body may be that is kept, in bytes as they stand in
	// the file; a longer one is left out and noted in Waterfall.Limits. 0 means
	// 16 MB.
	MaxBody int
	// MaxEntries is how many entries are kept; reading ends there with a
	// *ReadError. 0 means 100,000.
	MaxEntries int
	// MaxSize is how many bytes of entries are kept, bodies included; reading
	// ends there with a *ReadError. 0 means 1 GB.
	MaxSize int64
}

// maxValue bounds an entry without its body, or a page: a URL may have 2 MB, the
// fields of a response 256 KB.
const maxValue = 16 << 20

// keptText bounds a "text" that is kept where bodies are not: the data of a form.
const keptText = 64 << 10

// ErrNoHAR means that the file is no HAR: it has no log.
var ErrNoHAR = errors.New("no HAR: it has no log")

// A ReadError says where in a HAR reading ended, and why.
type ReadError struct {
	Offset int64 // in bytes from the beginning
	Err    error // io.ErrUnexpectedEOF where the file ends too early
}

// Error says where and why.
func (e *ReadError) Error() string {
	why := e.Err.Error()
	if errors.Is(e.Err, io.ErrUnexpectedEOF) {
		why = "the file ends in the middle"
	}
	return fmt.Sprintf("har: read: at byte %d: %s", e.Offset, why)
}

// Unwrap returns why.
func (e *ReadError) Unwrap() error { return e.Err }

// Read reads a HAR into a waterfall: one that [Write] wrote, or one of a browser
// or another tool. What a HAR does not say is empty, zero or [waterfall.None];
// a HAR of this package gives the phases of every request back exactly. Memory
// grows with the number of entries, not with the size of bodies that are not
// asked for.
//
// What contradicts HAR 1.2 is taken as it is meant where that can be known:
// timings that are missing or negative, numbers that are strings, a connect
// that ssl does not lie within (Firefox), a byte order mark. The type of a
// request that says none is that of the fields Sec-Fetch-Dest and Content-Type,
// redirects that share no id are joined by their URLs, connections are made up
// from the ids that entries have.
//
// The waterfall is there even if there is an error, with what could be read
// until then. The error is a *ReadError, whose Err is ErrNoHAR for what is JSON
// but no HAR.
func Read(r io.Reader, o ReadOptions) (*waterfall.Waterfall, error) {
	a := &archive{options: o, scan: scanner{r: bufio.NewReaderSize(r, 64<<10), most: maxValue, text: keptText}}
	a.options.MaxBody = cmp.Or(o.MaxBody, 16<<20)
	a.options.MaxEntries = cmp.Or(o.MaxEntries, 100_000)
	a.options.MaxSize = cmp.Or(o.MaxSize, 1<<30)
	if o.Bodies {
		a.scan.text = a.options.MaxBody
		a.scan.most += a.scan.text
	}
	err := a.read()
	if err != nil {
		var bad *ReadError
		if !errors.As(err, &bad) {
			err = &ReadError{a.scan.at, err}
		}
	}
	return a.waterfall(), err
}

// archive is a HAR as far as it was read.
type archive struct {
	scan    scanner
	options ReadOptions
	creator string
	pages   []pageJSON
	entries []entryJSON
	conns   []connectionJSON
	limits  []noteJSON
	skipped []noteJSON
	hints   []noteJSON
	tasks   []taskJSON
	notes   []waterfall.Note // what was left out while reading
	size    int64
}

func (a *archive) read() error {
	found := false
	if c, err := a.scan.peek(); err == nil && c != '{' {
		return ErrNoHAR
	}
	err := a.scan.members(func(name string) error {
		if c, err := a.scan.peek(); err != nil || name != "log" || c != '{' {
			return cmp.Or(err, a.skip())
		}
		found = true
		return a.scan.members(a.member)
	})
	if err == nil && !found {
		err = ErrNoHAR
	}
	return err
}

func (a *archive) skip() error { return a.scan.skip() }

// member takes a member of the log.
func (a *archive) member(name string) error {
	c, err := a.scan.peek()
	if err != nil {
		return err
	}
	switch name {
	case "creator":
		var v struct{ Name string }
		err := a.value(&v)
		a.creator = v.Name
		return err
	case "pages", "entries", "_connections", "_limits", "_skipped", "_hints", "_mainThread":
		if c == 'n' {
			return a.skip() // null
		} else if c != '[' {
			return fmt.Errorf("%s is no list", name)
		}
	}
	switch name {
	case "pages":
		return elements(a, &a.pages)
	case "entries":
		return a.scan.elements(a.entry)
	case "_connections":
		return elements(a, &a.conns)
	case "_limits":
		return elements(a, &a.limits)
	case "_skipped":
		return elements(a, &a.skipped)
	case "_hints":
		return elements(a, &a.hints)
	case "_mainThread":
		return elements(a, &a.tasks)
	}
	return a.skip()
}

func (a *archive) entry() error {
	if len(a.entries) >= a.options.MaxEntries {
		return fmt.Errorf("more than %d entries (ReadOptions.MaxEntries)", a.options.MaxEntries)
	}
	if c, err := a.scan.peek(); err != nil || c != '{' {
		return cmp.Or(err, a.skip())
	}
	var e entryJSON
	if err := a.value(&e); err != nil {
		return err
	}
	if !a.options.Bodies {
		e.Response.Content.Text = ""
	} else if e.Response.Content.Text == "" && len(a.scan.cuts) > 0 {
		a.notes = append(a.notes, waterfall.Note{Request: int32(len(a.entries) + 1),
			Text: fmt.Sprintf("ReadOptions.MaxBody: a text of %d bytes was left out", a.scan.cuts[0].size)})
	}
	a.entries = append(a.entries, e)
	return nil
}

// elements reads a list whose elements are objects; others are passed over.
func elements[T any](a *archive, list *[]T) error {
	return a.scan.elements(func() error {
		if len(*list) >= a.options.MaxEntries {
			return fmt.Errorf("a list of more than %d elements (ReadOptions.MaxEntries)", a.options.MaxEntries)
		}
		if c, err := a.scan.peek(); err != nil || c != '{' {
			return cmp.Or(err, a.skip())
		}
		var v T
		if err := a.value(&v); err != nil {
			return err
		}
		*list = append(*list, v)
		return nil
	})
}

// value reads one value into v. A member of another type than HAR's is left
// empty.
func (a *archive) value(v any) error {
	if _, err := a.scan.peek(); err != nil {
		return err
	}
	begin := a.scan.at
	if err := a.scan.capture(); err != nil {
		return err
	}
	if a.size += int64(len(a.scan.value)); a.size > a.options.MaxSize {
		return fmt.Errorf("more than %d bytes (ReadOptions.MaxSize)", a.options.MaxSize)
	}
	err := json.Unmarshal(a.scan.value, v)
	var bad *json.SyntaxError
	if errors.As(err, &bad) {
		return &ReadError{a.scan.where(begin, bad.Offset-1), fmt.Errorf("%w: %v", errSyntax, err)}
	}
	return nil
}

// A number is a JSON number, or a string that holds one. What is neither, or is
// not finite, is not there.
type number struct {
	v  float64
	ok bool
}

// UnmarshalJSON takes what it can.
func (n *number) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(s) > 1 && s[0] == '"' {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	if v, err := strconv.ParseFloat(s, 64); err == nil && !math.IsNaN(v) && !math.IsInf(v, 0) {
		*n = number{v, true}
	}
	return nil
}

// maxOffset bounds times, so that sums of them are Durations whatever a file says.
const maxOffset = 10 * 365 * 24 * time.Hour

// duration is the number as milliseconds, in whole microseconds; 0 if it is not
// there or negative.
func (n number) duration() time.Duration { return max(0, n.offset(0)) }

// offset is duration that may be negative, and otherwise where there is none.
func (n number) offset(otherwise time.Duration) time.Duration {
	if !n.ok {
		return otherwise
	}
	us := math.Round(n.v * 1000)
	limit := float64(maxOffset / time.Microsecond)
	return time.Duration(max(-limit, min(us, limit))) * time.Microsecond
}

// phase is duration, None if it is not there or negative.
func (n number) phase() time.Duration {
	if !n.ok || n.v < 0 {
		return waterfall.None
	}
	return n.duration()
}

// count is the number as a count of bytes or lines; otherwise where there is
// none or it is negative.
func (n number) count(otherwise int64) int64 {
	if !n.ok || n.v < 0 {
		return otherwise
	}
	return int64(min(n.v, 1<<53))
}

// text is a string; a number counts as one.
type text string

// UnmarshalJSON takes what it can.
func (t *text) UnmarshalJSON(b []byte) error {
	switch {
	case len(b) > 1 && b[0] == '"':
		if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
			*t = text(b[1 : len(b)-1])
			return nil
		}
		var s string
		if json.Unmarshal(b, &s) == nil {
			*t = text(s)
		}
	case len(b) > 0 && (b[0] == '-' || '0' <= b[0] && b[0] <= '9'):
		*t = text(b)
	}
	return nil
}
