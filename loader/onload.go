package loader

import (
	"strings"

	"pageload/fetch/policy"
	"pageload/parse/dom"
)

// onLoad is what a link's onload attribute makes of it once it has loaded. No code
// is run: only the two idioms are read with which pages fetch style sheets that do
// not hold up rendering, this.media='all' and this.rel='stylesheet'.
type onLoad struct {
	media string // "": as it was
	sheet bool   // a preload becomes a style sheet
}

// onLoadOf reads the attribute, unless the document's policy forbids handlers.
func (f *frame) onLoadOf(id dom.ID) (o onLoad) {
	text, ok := f.table().Attr(id, "onload")
	if !ok || f.device.NoScript || !f.allowsInline(policy.InlineScript, "", text) {
		return o
	}
	return parseOnLoad(text)
}

func parseOnLoad(text string) (o onLoad) {
	for statement := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ';' || r == ',' }) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(statement), "if(media!="); ok { // so that it happens once
			_, statement, _ = strings.Cut(rest, ")")
		}
		name, value, ok := strings.Cut(statement, "=")
		if value = strings.TrimSpace(value); !ok || len(value) < 2 || value[0] != '\'' && value[0] != '"' || value[len(value)-1] != value[0] {
			continue
		}
		switch value = value[1 : len(value)-1]; strings.TrimPrefix(strings.TrimSpace(name), "this.") { // the element is in a handler's scope
		case "media":
			o.media = value
		case "rel":
			o.sheet = strings.EqualFold(value, "stylesheet")
		}
	}
	return o
}
