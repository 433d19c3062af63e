package loader

import (
	"bytes"
	"container/list"
	"hash/maphash"
	"sync"
	"unsafe"

	"golang.org/x/text/encoding"

	"pageload/fetch"
	"pageload/parse"
	"pageload/parse/css"
	"pageload/parse/weburl"
)

// A Memory is what was learnt from the content of pages: a style sheet that
// came before, byte for byte and from the same URL, is not parsed again, and
// neither is a document that came twice; what its style asked for is remembered
// too. The zero value is ready. Any number of profiles may share one; it is safe
// for concurrent use and must not be copied. Nothing that a page does depends on
// it, and its times do through the CPU that it saves, but for one case: where more
// than four loads ask for one document at the same moment and none has had it yet,
// the others wait for what the first four make of it, two seconds at most.
type Memory struct {
	// Bytes bounds about how much memory that takes; what was used longest ago
	// goes first. Zero means 64 MB, negative that nothing is kept.
	Bytes int64

	scratch   scratch
	buffers   parse.Buffers        // of the profiles that share it
	templates fetch.Templates      // of the profiles that share it
	heads     fetch.Heads          // of the profiles that share it
	identity  *fetch.HeaderProfile // of those that have no other

	once sync.Once
	seed maphash.Seed
	most int64

	mu    sync.Mutex
	kept  map[any]*list.Element // of *kept, by sheetKey or documentKey
	order list.List             // the one used last comes first
	bytes int64
}

// kept is one thing that is remembered.
type kept struct {
	key   any
	value any
	size  int64
}

// sheetKey is what a parsed style sheet depends on. The hash is seeded by
// chance, so that no page can make two sheets of one key.
type sheetKey struct {
	hash     uint64
	length   int
	base     string
	charset  string
	encoding encoding.Encoding
	inline   bool // the text of a style element
}

func (m *Memory) init() {
	m.once.Do(func() {
		m.seed = maphash.MakeSeed()
		m.most = limit(m.Bytes, 64<<20)
		if m.Bytes < 0 {
			m.most = 0
		}
		m.kept = map[any]*list.Element{}
		m.identity = fetch.Chromium()
	})
}

// Clear forgets all. Who shares the memory learns anew what they need.
func (m *Memory) Clear() {
	m.init()
	m.templates.Clear()
	m.heads.Clear()
	m.mu.Lock()
	defer m.mu.Unlock()
	for e := m.order.Front(); e != nil; e = e.Next() {
		e.Value.(*kept).value = nil
	}
	m.kept, m.bytes = map[any]*list.Element{}, 0
	m.order.Init()
}

// get returns what is kept under a key, nil if nothing is. m.mu is held.
func (m *Memory) get(key any) any {
	e := m.kept[key]
	if e == nil {
		return nil
	}
	m.order.MoveToFront(e)
	return e.Value.(*kept).value
}

// put keeps a value under a key, or says that what is there has another size.
// m.mu is held.
func (m *Memory) put(key, value any, size int64) {
	if e := m.kept[key]; e != nil {
		k := e.Value.(*kept)
		m.bytes += size - k.size
		k.value, k.size = value, size
	} else {
		m.kept[key] = m.order.PushFront(&kept{key, value, size})
		m.bytes += size
	}
	for m.bytes > m.most && m.order.Len() > 0 {
		k := m.order.Remove(m.order.Back()).(*kept)
		delete(m.kept, k.key)
		m.bytes -= k.size
		k.value = nil // for those that have its place
	}
}

// sheet returns the parsed style sheet of a body.
func (m *Memory) sheet(body []byte, charset string, enc encoding.Encoding, base weburl.URL) *css.Sheet {
	parse := func() *css.Sheet { return css.ParseSheet(css.DecodeSheet(body, charset, enc), base) }
	if !m.keeps(len(body)) {
		return parse()
	}
	url := bodyKey(base.WithoutFragment().String())
	key := sheetKey{0, len(body), base.String(), charset, enc, false}
	m.mu.Lock()
	b, _ := m.get(url).(*sheetBody)
	if b != nil && b.is(body) {
		key.hash = b.key.hash
		if s := m.again(b, key); s != nil {
			m.mu.Unlock()
			return s
		}
	} else {
		b = nil
	}
	m.mu.Unlock()
	if b == nil {
		key.hash = maphash.Bytes(m.seed, body)
	}
	s := m.sheetOf(key, parse)
	m.mu.Lock()
	defer m.mu.Unlock()
	if old, _ := m.get(url).(*sheetBody); old != nil && bytes.Equal(old.text, body) {
		body = old.text
	}
	m.put(url, &sheetBody{text: body, key: key, sheet: m.kept[key]}, int64(len(body)))
	return s
}

// A sheetBody is the style sheet that came from a URL last, and what was made of it
// last. It is not changed.
type sheetBody struct {
	text  []byte
	key   sheetKey
	sheet *list.Element // of the *kept under key; nil: it is not kept
}

// is reports whether a body is the very text that is kept, as [Memory.body] gave it.
func (b *sheetBody) is(body []byte) bool {
	return len(body) == len(b.text) && unsafe.SliceData(body) == unsafe.SliceData(b.text)
}

// again returns what was made of a style sheet, nil if that is under another key or
// forgotten. m.mu is held.
func (m *Memory) again(b *sheetBody, key sheetKey) *css.Sheet {
	if b.sheet == nil || b.key != key {
		return nil
	}
	s, _ := b.sheet.Value.(*kept).value.(*css.Sheet) // nil where it was forgotten
	if s != nil {
		m.order.MoveToFront(b.sheet)
	}
	return s
}

// keeps reports whether a text of this length may be kept.
func (m *Memory) keeps(length int) bool {
	m.init()
	return m.most > 0 && int64(length) <= m.most
}

// bodyKey is the URL of a style sheet, without fragment.
type bodyKey string

// body returns the style sheet that came from a URL last, so that the same one need
// not be kept again while it comes; nil if none did. It must not be modified.
func (m *Memory) body(u weburl.URL) []byte {
	m.init()
	if m.most == 0 {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if b, ok := m.get(bodyKey(u.WithoutFragment().String())).(*sheetBody); ok {
		return b.text
	}
	return nil
}

// inline returns the parsed style sheet of a style element.
func (m *Memory) inline(text string, base weburl.URL) *css.Sheet {
	parse := func() *css.Sheet { return css.ParseSheet([]byte(text), base) }
	if !m.keeps(len(text)) {
		return parse()
	}
	return m.sheetOf(sheetKey{maphash.String(m.seed, text), len(text), base.String(), "", nil, true}, parse)
}

func (m *Memory) sheetOf(key sheetKey, parse func() *css.Sheet) *css.Sheet {
	m.mu.Lock()
	s, ok := m.get(key).(*css.Sheet)
	m.mu.Unlock()
	if ok {
		return s
	}
	s = parse()
	m.mu.Lock()
	defer m.mu.Unlock()
	if first, ok := m.get(key).(*css.Sheet); ok {
		return first
	}
	m.put(key, s, int64(key.length))
	return s
}
