package loader

import (
	"fmt"
	"time"
)

// Limits are the bounds of one page load. Zero means the default, a negative
// value no bound. What is hit is named in the waterfall, and what was loaded
// until then stays.
type Limits struct {
	Requests     int           // requests of a page, redirects and refused ones included; 10,000
	Frames       int           // documents in frames; 1,000
	Depth        int           // frames within frames; 10
	Sheets       int           // uses of style sheets in a document: one that is imported twice counts twice; 5,000
	ImportDepth  int           // style sheets that import style sheets, modules that import modules; 32
	Redirects    int           // of one request; 20, as the Fetch standard says
	DocumentSize int64         // decoded bytes of a document; 100 MB
	SheetSize    int64         // decoded bytes of a style sheet or module; 16 MB
	BodySize     int64         // bytes of any body, before decoding; 1 GB
	BodyKept     int64         // bytes kept of a body where bodies are asked for; 16 MB in memory, BodySize in a Navigation.Spool
	Elements     int           // of a document; 1,000,000
	References   int           // of a document; 100,000
	HeaderTime   time.Duration // for a response's head once the request is sent; 60 s
	IdleTime     time.Duration // between two pieces of a body; 60 s
}

func limit[T int | int64 | time.Duration](v, def T) T {
	switch {
	case v == 0:
		return def
	case v < 0:
		most := T(1)
		for most<<1 > 0 {
			most <<= 1
		}
		return most / 2 // as good as none, and safe to add to
	}
	return v
}

func (l Limits) resolved() Limits {
	return Limits{
		Requests:     limit(l.Requests, 10_000),
		Frames:       limit(l.Frames, 1_000),
		Depth:        limit(l.Depth, 10),
		Sheets:       limit(l.Sheets, 5_000),
		ImportDepth:  limit(l.ImportDepth, 32),
		Redirects:    l.Redirects,
		DocumentSize: limit(l.DocumentSize, 100<<20),
		SheetSize:    limit(l.SheetSize, 16<<20),
		BodySize:     limit(l.BodySize, 1<<30),
		BodyKept:     limit(l.BodyKept, 16<<20),
		Elements:     l.Elements,
		References:   l.References,
		HeaderTime:   limit(l.HeaderTime, time.Minute),
		IdleTime:     limit(l.IdleTime, time.Minute),
	}
}

// A SizeError says that a body was larger than a limit of the profile.
type SizeError struct {
	Limit string // the field, such as "Limits.DocumentSize"
	Bytes int64  // its value
}

// Error names the limit.
func (e *SizeError) Error() string {
	return fmt.Sprintf("loader: larger than %d bytes (%s)", e.Bytes, e.Limit)
}
