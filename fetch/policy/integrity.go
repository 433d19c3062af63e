package policy

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"iter"
	"strings"
)

// algorithm is a hash of Subresource Integrity and CSP, the stronger the greater (SRI, get the strongest metadata from
// set).
type algorithm uint8

const (
	algSHA256 algorithm = iota
	algSHA384
	algSHA512
)

// algorithms are the names. Chromium takes the form with a second hyphen too.
var algorithms = [...]string{algSHA256: "sha256", algSHA384: "sha384", algSHA512: "sha512"}

func (a algorithm) new() hash.Hash {
	switch a {
	case algSHA384:
		return sha512.New384()
	case algSHA512:
		return sha512.New()
	}
	return sha256.New()
}

func (a algorithm) size() int {
	switch a {
	case algSHA384:
		return sha512.Size384
	case algSHA512:
		return sha512.Size
	}
	return sha256.Size
}

// digest is one hash: "sha256-" and its base64 value.
type digest struct {
	algorithm algorithm
	sum       []byte // nil where the value cannot be decoded or has another length: equal to none
}

func (d digest) equal(o digest) bool {
	return d.sum != nil && d.algorithm == o.algorithm && bytes.Equal(d.sum, o.sum)
}

// parseDigest parses "sha256-…". The name is taken in any case, the value in either base64 alphabet.
func parseDigest(text string) (d digest, ok bool) {
	if len(text) < len("sha256-") || lower(text[:3]) != "sha" {
		return d, false
	}
	rest := strings.TrimPrefix(text[3:], "-")
	for a, name := range algorithms {
		value, found := strings.CutPrefix(rest, name[3:]+"-")
		if !found {
			continue
		}
		if !isBase64(value) {
			return d, false
		}
		d = digest{algorithm: algorithm(a), sum: decodeBase64(value)}
		if len(d.sum) != d.algorithm.size() {
			d.sum = nil // it is a hash that nothing has
		}
		return d, true
	}
	return d, false
}

// MaxIntegrity is how many hashes of an integrity attribute count; those of the strongest algorithm are chosen among
// them.
const MaxIntegrity = 256

// metadata yields the hashes of an integrity attribute, unknown ones left out, options cut off (SRI, parse metadata).
func metadata(attribute string) iter.Seq[digest] {
	return func(yield func(digest) bool) {
		count := 0
		for text := range strings.FieldsFuncSeq(attribute, isSpace) {
			text, _, _ = strings.Cut(text, "?")
			d, ok := parseDigest(text)
			if !ok {
				continue
			}
			if count++; count > MaxIntegrity || !yield(d) {
				return
			}
		}
	}
}

// Integrity is what an integrity attribute demands of a body. The zero value demands nothing. It is immutable and safe
// for concurrent use.
type Integrity struct {
	algorithm algorithm
	sums      [][]byte // one must be the body's; nil entries are never
}

// ParseIntegrity parses an integrity attribute (SRI, parse metadata): hashes separated by white space, of which only
// those of the strongest algorithm count. Without any that is known, nothing is checked.
func ParseIntegrity(attribute string) Integrity {
	var in Integrity
	for d := range metadata(attribute) {
		if d.algorithm > in.algorithm {
			in = Integrity{algorithm: d.algorithm}
		}
		if d.algorithm == in.algorithm {
			in.sums = append(in.sums, d.sum)
		}
	}
	return in
}

// Empty reports whether nothing is demanded, so that nothing need be hashed.
func (in Integrity) Empty() bool { return len(in.sums) == 0 }

// New returns a hash to write the body to while it arrives, content coding removed; nil if nothing is demanded. Its sum
// is for MatchesSum.
func (in Integrity) New() hash.Hash {
	if in.Empty() {
		return nil
	}
	return in.algorithm.new()
}

// MatchesSum reports whether the sum of the hash that New returned is one of those demanded; true if none is.
func (in Integrity) MatchesSum(sum []byte) bool {
	if in.Empty() {
		return true
	}
	for _, want := range in.sums {
		if want != nil && bytes.Equal(want, sum) {
			return true
		}
	}
	return false
}

// Matches reports whether the whole body, content coding removed, is what is demanded (SRI, do bytes match
// metadataList).
func (in Integrity) Matches(body []byte) bool {
	if in.Empty() {
		return true
	}
	h := in.New()
	h.Write(body)
	return in.MatchesSum(h.Sum(nil))
}

// Eligible reports whether the response may be checked: it is of the own origin, or was fetched with CORS. A response
// that may not, though something is demanded, is refused whatever its body is (Fetch standard, main fetch: the integrity
// of an opaque response is never right).
func (in Integrity) Eligible(sameOrigin, cors bool) bool { return in.Empty() || sameOrigin || cors }

// String returns the hashes that count, which parse to the same.
func (in Integrity) String() string {
	var b strings.Builder
	for i, sum := range in.sums {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(algorithms[in.algorithm] + "-")
		if sum == nil {
			b.WriteByte('0') // no hash's length
		} else {
			b.WriteString(base64.StdEncoding.EncodeToString(sum))
		}
	}
	return b.String()
}
