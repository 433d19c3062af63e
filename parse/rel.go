package parse

import "strings"

// relSet are the values of rel that are known.
type relSet uint16

const (
	relStylesheet relSet = 1 << iota
	relAlternate
	relIcon
	relPreload
	relModulePreload
	relPrefetch
	relPreconnect
	relDNSPrefetch
	relManifest
	relCanonical
	relNext
	relPrev
)

func (s relSet) has(r relSet) bool { return s&r != 0 }

func parseRel(rel string) (s relSet) {
	for f := range strings.FieldsSeq(rel) {
		switch strings.ToLower(f) {
		case "stylesheet":
			s |= relStylesheet
		case "alternate":
			s |= relAlternate
		case "icon":
			s |= relIcon
		case "preload":
			s |= relPreload
		case "modulepreload":
			s |= relModulePreload
		case "prefetch":
			s |= relPrefetch
		case "preconnect":
			s |= relPreconnect
		case "dns-prefetch":
			s |= relDNSPrefetch
		case "manifest":
			s |= relManifest
		case "canonical":
			s |= relCanonical
		case "next":
			s |= relNext
		case "prev", "previous":
			s |= relPrev
		}
	}
	return s
}
