package parse

import (
	"regexp"
	"strings"
)

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
	{"html.Parse replaces NUL in CDATA sections, where the standard leaves it to the insertion mode", func(s string) bool {
		return strings.Contains(s, "<![cdata[") && strings.Contains(s, "\x00")
	}},
	{"html.Parse does not take search for a special element", func(s string) bool {
		return strings.Contains(s, "<search")
	}},
	{"html.Parse reads raw text after a tag that framesets and column groups ignore", func(s string) bool {
		return (strings.Contains(s, "<frameset") || strings.Contains(s, "<template") && strings.Contains(s, "<col")) && rawTag.MatchString(s)
	}},
	{"html.Parse does not hold back text in a template that has parts of tables", func(s string) bool {
		return strings.Contains(s, "<template") && tablePart.MatchString(s)
	}},
	{"html.Parse implies end tags of foreign elements with the names of HTML ones", func(s string) bool {
		return (strings.Contains(s, "<svg") || strings.Contains(s, "<math")) && impliedTag.MatchString(s)
	}},
	{"html.Parse allows a frameset again when it implies a body", func(s string) bool {
		return strings.Contains(s, "<frameset")
	}},
	{"html.Parse leaves the fourth formatting element of the adoption agency on the stack", func(s string) bool {
		return len(formattingTag.FindAllString(s, 3)) == 3 && strings.Count(s, "<") > 6
	}},
	{"html.Parse keeps th in a caption", func(s string) bool {
		return strings.Contains(s, "<caption") && strings.Contains(s, "<th")
	}},
	{"html.Parse moves white space that other text follows out of a noscript in the head", func(s string) bool {
		return strings.Contains(s, "<noscript")
	}},
	{"html.Parse drops the first line end in a pre also when other tokens came before it", func(s string) bool {
		return afterPre.MatchString(s)
	}},
	{"html.Parse is in quirks mode where a doctype has a public identifier and no system identifier, or more behind the latter", func(s string) bool {
		return oddDoctype.MatchString(s)
	}},
}

var oddDoctype = regexp.MustCompile(`<!doctype[^>"']*(public\s*("[^">]*"|'[^'>]*')\s*(>|("[^">]*"|'[^'>]*')\s*[^\s>])|system\s*("[^">]*"|'[^'>]*')\s*[^\s>])`)

var rawTag = regexp.MustCompile(`<(title|textarea|style|script|xmp|iframe|noembed|noframes|noscript|plaintext)`)

var tablePart = regexp.MustCompile(`<(tbody|thead|tfoot|tr|td|th|caption|col)`)

var impliedTag = regexp.MustCompile(`<(optgroup|option|rb|rp|rt)`)

var formattingTag = regexp.MustCompile(`<(a|b|i|u|s|em|tt|nobr|font|big|code|small|strike|strong)[ />]`)

var afterPre = regexp.MustCompile(`<(pre|listing)[^>]*>[\n\r]?(<[^>]*>|\x00)+[\n\r]`)

// differs returns the reason why a document may differ, "" if there is none.
func differs(src string) string {
	for _, d := range differences {
		if d.in(strings.ToLower(src)) {
			return d.why
		}
	}
	return ""
}
