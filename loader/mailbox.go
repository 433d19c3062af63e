package loader

import (
	"sync"
	"time"

	"pageload/fetch"
	"pageload/parse/weburl"
)

// A mailbox is how goroutines that do something for a page tell its owner. It
// never blocks the sender: who sends much is held back by credit, see sink.
// An empty one holds nothing: most loads of many wait.
type mailbox struct {
	wake    chan struct{} // holds a token when there may be messages, or something else to look at; the owner takes it
	scratch *scratch      // has batches

	mu   sync.Mutex
	list *batch // nil: empty
}

// A batch is messages in their order.
type batch struct{ list []message }

// A message is one thing that happened to a resource.
type message struct {
	kind     messageKind
	sink     *sink // of the resource's fetch; nil where it is not about one
	hop      *fetch.Hop
	exchange *exchange
	next     *weburl.URL // where a redirect leads
	data     []byte
	err      error
	at       time.Duration
	text     string
	then     func()
}

type messageKind uint8

const (
	msgInterim  messageKind = iota // text: a 103
	msgRedirect                    // exchange, next
	msgHead                        // exchange, hop: what is known with the head
	msgData                        // data: of a document, a piece; of a sheet, module or font, what was kept
	msgDone                        // hop, err, data
	msgStale                       // it was stale, and is to be revalidated
	msgNote                        // text: something that belongs into the log; without sink
	msgFrame                       // then: a frame's document that is not fetched; without sink
)

func (m *mailbox) send(msg message) {
	m.mu.Lock()
	first := m.list == nil
	if first {
		m.list = m.scratch.batch()
	}
	m.list.list = append(m.list.list, msg)
	m.mu.Unlock()
	if first { // else who sent the first has woken the owner
		m.poke()
	}
}

// poke wakes the owner, who need not find a message.
func (m *mailbox) poke() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take returns the messages so far, which are to be given back to the scratch; nil if there are none.
func (m *mailbox) take() *batch {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.list
	m.list = nil
	return b
}
