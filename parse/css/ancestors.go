package css

// ancestorFilter counts, by hash, the classes, ids and tags of the elements that
// are open. A selector that asks for an ancestor which is not there is turned
// away without walking up (the idea of WebKit's SelectorFilter).
type ancestorFilter struct {
	counts [filterSize + 1]uint32
}

const (
	filterSize = 1 << 12
	maxHashes  = 3  // of a selector
	worthwhile = 64 // selectors that it could spare the walk
)

// hash folds a trait to the filter's size; 0 is never a hash.
func (f trait) hash() uint16 { return uint16((f^f>>12^f>>24)%filterSize) + 1 }

// add counts an element in, or out with by = ^0.
func (a *ancestorFilter) add(list []trait, by uint32) {
	for _, f := range list {
		a.counts[f.hash()] += by
	}
}

// lacks reports whether an ancestor that the hashes stand for is surely not there.
func (a *ancestorFilter) lacks(hashes *[maxHashes]uint16) bool {
	for _, h := range hashes {
		if h == 0 {
			return false
		}
		if a.counts[h] == 0 {
			return true
		}
	}
	return false
}
