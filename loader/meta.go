package loader

import (
	"pageload/fetch"
	"pageload/parse"
)

// meta acts on a meta element.
func (f *frame) meta(m *parse.Meta) {
	switch m.Kind {
	case parse.MetaReferrer:
		if p := fetch.ReferrerPolicy(m.Content); p != "" {
			f.referrerPolicy = p
		}
	case parse.MetaCSP:
		f.metaPolicy(m.Content)
	}
}
