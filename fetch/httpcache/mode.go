package httpcache

// A Mode says how much a request may take from the cache and leave in it, as the Fetch standard's cache mode does.
type Mode uint8

// The modes.
const (
	Normal       Mode = iota // fresh: from the cache; stale: revalidated
	Reload                   // revalidated, fresh or not, as the document of a reload ("no-cache" in the Fetch standard)
	HardReload               // from the network, unconditionally, then stored, as with the shift key ("reload")
	PreferCached             // stored: from the cache, stale or not ("force-cache"), as when a browser goes back
	OnlyIfCached             // the same, and an error where nothing is stored ("only-if-cached")
	Off                      // the cache is neither asked nor changed ("no-store")
)

var modeNames = [...]string{"normal", "reload", "hard reload", "prefer cached", "only if cached", "off"}

// String returns the mode in words.
func (m Mode) String() string {
	if int(m) < len(modeNames) {
		return modeNames[m]
	}
	return "unknown"
}
