package parse

import "strings"

// difference is a reason for which the element tree of a document is not that
// of html.Parse.
type difference struct {
	why string
	in  func(src string) bool
}

// differences lists what html.Parse does otherwise than the HTML standard, or
// than this package on purpose.
var differences = []difference{
	{"html.Parse ignores what follows a template in foreign content", func(s string) bool {
		return strings.Contains(s, "<template") && (strings.Contains(s, "<svg") || strings.Contains(s, "<math"))
	}},
	{"html.Parse decodes character references in CDATA sections", func(s string) bool {
		_, in, found := strings.Cut(s, "<![cdata[")
		return found && strings.Contains(in, "&")
	}},
}

// differs returns the reason why a document may differ, "" if there is none.
func differs(src string) string {
	for _, d := range differences {
		if d.in(strings.ToLower(src)) {
			return d.why
		}
	}
	return ""
}
