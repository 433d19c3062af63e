package compare

import "pageload/loader/waterfall"

// A Rule says how a request of one load was matched with one of the other; see
// the package's documentation.
type Rule uint8

// The rules, the strictest first.
const (
	SameURL      Rule = iota + 1
	SamePage          // the page's own host is another
	SameButNoise      // noise in the query
	SameName          // hashes or versions in the path
	SamePath          // the query's values
	SameShard         // a number in the host
)

var ruleNames = [...]string{"none", "url", "page host", "query noise", "file version", "query", "host number"}

// String returns in what the two requests may differ, in a word or two.
func (r Rule) String() string {
	if int(r) < len(ruleNames) {
		return ruleNames[r]
	}
	return "unknown"
}

// MarshalText is String, for JSON.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// A pair is a request of A and the one of B that it is, by index.
type pair struct {
	a, b int
	rule Rule
}

// match pairs requests, in the order of B. a and b are what is left.
func match(wa, wb *waterfall.Waterfall) (pairs []pair, a, b []int) {
	namesA, namesB := names(wa), names(wb)
	a, b = upTo(len(namesA)), upTo(len(namesB))
	of := make([]pair, len(namesB)) // by index in B
	for r := SameURL; r <= SameShard && len(a) > 0 && len(b) > 0; r++ {
		waiting := make(map[string][]int, len(a)) // of A, in order
		for _, i := range a {
			if k, ok := namesA[i].key(r); ok {
				waiting[k] = append(waiting[k], i)
			}
		}
		taken := make([]bool, len(namesA))
		rest := b[:0]
		for _, j := range b {
			k, ok := namesB[j].key(r)
			list := waiting[k]
			if !ok || len(list) == 0 {
				rest = append(rest, j)
				continue
			}
			of[j] = pair{list[0], j, r}
			taken[list[0]] = true
			waiting[k] = list[1:]
		}
		b = rest
		left := a[:0]
		for _, i := range a {
			if !taken[i] {
				left = append(left, i)
			}
		}
		a = left
	}
	for _, p := range of {
		if p.rule != 0 {
			pairs = append(pairs, p)
		}
	}
	return pairs, a, b
}

func upTo(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = i
	}
	return list
}

// names are those of a waterfall's requests.
func names(w *waterfall.Waterfall) []name {
	page := pageHost(w)
	list := make([]name, len(w.Requests))
	for i := range w.Requests {
		r := &w.Requests[i]
		list[i] = nameOf(r.Method, r.URL, string(r.Type), page, r.Redirect)
	}
	return list
}

// pageHost is the host that the page's document came from, after redirects.
func pageHost(w *waterfall.Waterfall) string {
	host := hostOf(w.Page.URL)
	for i := range w.Requests {
		r := &w.Requests[i]
		if i > 0 && !r.Redirect || r.Type != waterfall.Document {
			break
		}
		host = hostOf(r.URL)
	}
	return host
}
