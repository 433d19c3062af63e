package loader

import (
	"fmt"

	"pageload/loader/spool"
	"pageload/loader/waterfall"
)

// A keptBody is what is kept of a body for the waterfall: in memory, or in the
// user's spool.
type keptBody struct {
	most   int64 // Limits.BodyKept
	bytes  []byte
	file   *spool.File // nil: memory
	body   *spool.Body
	got    int64 // bytes kept
	left   int64 // bytes left out
	failed error // of the spool
}

// write keeps p, or as much of it as there is room for. It never fails: a body
// that cannot be kept is no reason not to load the page.
func (k *keptBody) write(p []byte) {
	n := min(max(k.most-k.got, 0), int64(len(p)))
	k.left += int64(len(p)) - n
	k.got += n
	switch p = p[:n]; {
	case n == 0 || k.failed != nil:
	case k.file == nil:
		k.bytes = append(k.bytes, p...)
	default:
		if k.body == nil {
			k.body = k.file.Body()
		}
		_, k.failed = k.body.Write(p)
	}
}

// end returns the event's data, and what there is to say of it.
func (k *keptBody) end() (data any, note string) {
	if k.left > 0 {
		note = fmt.Sprintf("the first %d bytes of a body are kept, %d are not (Limits.BodyKept)", k.got, k.left)
	}
	if k.body == nil {
		return k.bytes, note
	}
	if err := k.body.End(); err != nil {
		note = fmt.Sprintf("a body is not kept: %v", err)
		return []byte(nil), note
	}
	return waterfall.Content(k.body), note
}
