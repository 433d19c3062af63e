package parse

import "fmt"

// Limit is a bound that a document has reached. Parsing goes on without what
// is beyond it.
type Limit struct {
	Name  string // "bytes", "elements", "references", "depth" or "attributes"
	Value int64  // the bound: see [Options]
}

// Error makes a Limit usable as an error.
func (l *Limit) Error() string { return fmt.Sprintf("parse: limit of %d %s reached", l.Value, l.Name) }

const (
	limitBytes limitSet = 1 << iota
	limitElements
	limitRefs
	limitDepth
	limitAttrs
)

var limitNames = map[limitSet]string{
	limitBytes:    "bytes",
	limitElements: "elements",
	limitRefs:     "references",
	limitDepth:    "depth",
	limitAttrs:    "attributes",
}
