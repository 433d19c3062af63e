package loader

import (
	"sync"
	"time"

	"pageload/fetch"
	"pageload/loader/waterfall"
	"pageload/parse/weburl"
)

// A mailbox is how goroutines that do something for a page tell its owner. It
// never blocks the sender: who sends much is held back by credit, see sink.
type mailbox struct {
	wake chan struct{} // holds a token when there may be messages; the owner takes it

	mu   sync.Mutex
	list []message
}

// A message is one thing that happened to a resource.
type message struct {
	kind     messageKind
	res      *resource
	exchange *waterfall.Exchange
	header   fetch.Header
	status   int
	next     *weburl.URL // where a redirect leads; with a head, where it came from
	data     []byte
	err      error
	sink     *sink
	hop      *fetch.Hop
	text     string
	then     func()
	at       time.Duration
}

type messageKind uint8

const (
	msgInterim  messageKind = iota // a 103
	msgRedirect                    // exchange, next
	msgHead                        // exchange, header
	msgData                        // data: of a document, a piece; of a sheet, module or font, what was kept
	msgDone                        // sink, hop, err, data
	msgStale                       // it was stale, and is to be revalidated
	msgNote                        // text: something that belongs into the log
	msgFrame                       // then: a frame's document that is not fetched
)

func (m *mailbox) send(msg message) {
	m.mu.Lock()
	first := len(m.list) == 0
	m.list = append(m.list, msg)
	m.mu.Unlock()
	if !first {
		return // who sent the first has woken the owner
	}
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take returns the messages so far; buf is used for the next ones.
func (m *mailbox) take(buf []message) []message {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := m.list
	clear(buf)
	m.list = buf[:0]
	return list
}
