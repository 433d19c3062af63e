package loader

import (
	"container/list"
	"hash/maphash"
	"sync"

	"golang.org/x/text/encoding"

	"pageload/parse/css"
	"pageload/parse/weburl"
)

// A Memory is what was learnt from the content of pages: a style sheet that
// came before, byte for byte and from the same URL, is not parsed again. The
// zero value is ready. Any number of profiles may share one; it is safe for
// concurrent use and must not be copied. Nothing that a page does, and no time
// in its waterfall, depends on it except through the CPU it saves.
type Memory struct {
	// Bytes bounds the text of the style sheets that are kept; those used
	// longest ago go first. Zero means 64 MB, negative that nothing is kept.
	Bytes int64

	once sync.Once
	seed maphash.Seed
	most int64

	mu     sync.Mutex
	sheets map[sheetKey]*list.Element // of *keptSheet
	order  list.List                  // the one used last comes first
	bytes  int64
}

// sheetKey is what a parsed style sheet depends on. The hash is seeded by
// chance, so that no page can make two sheets of one key.
type sheetKey struct {
	hash     uint64
	length   int
	base     string
	charset  string
	encoding encoding.Encoding
}

type keptSheet struct {
	key   sheetKey
	sheet *css.Sheet
}

// sheet returns the parsed style sheet of a body.
func (m *Memory) sheet(body []byte, charset string, enc encoding.Encoding, base weburl.URL) *css.Sheet {
	m.once.Do(func() {
		m.seed = maphash.MakeSeed()
		m.most = limit(m.Bytes, 64<<20)
		if m.Bytes < 0 {
			m.most = 0
		}
		m.sheets = map[sheetKey]*list.Element{}
	})
	if int64(len(body)) > m.most {
		return css.ParseSheet(css.DecodeSheet(body, charset, enc), base)
	}
	key := sheetKey{maphash.Bytes(m.seed, body), len(body), base.String(), charset, enc}
	m.mu.Lock()
	if e := m.sheets[key]; e != nil {
		m.order.MoveToFront(e)
		m.mu.Unlock()
		return e.Value.(*keptSheet).sheet
	}
	m.mu.Unlock()
	s := css.ParseSheet(css.DecodeSheet(body, charset, enc), base)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sheets[key] == nil {
		m.sheets[key] = m.order.PushFront(&keptSheet{key, s})
		m.bytes += int64(key.length)
	}
	for m.bytes > m.most {
		last := m.order.Back()
		k := m.order.Remove(last).(*keptSheet).key
		delete(m.sheets, k)
		m.bytes -= int64(k.length)
	}
	return s
}
