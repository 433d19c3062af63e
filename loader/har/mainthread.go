package har

import "pageload/loader/waterfall"

// tasks writes what a browser's main thread was busy with, nothing where the load
// was given no pace.
func (h *writer) tasks(list []waterfall.Task) {
	if len(list) == 0 {
		return
	}
	h.array("_mainThread")
	for _, t := range list {
		h.line()
		h.open('{')
		h.offset("at", t.From)
		h.offset("until", t.To)
		if t.Request != 0 {
			h.num("request", int64(t.Request))
		}
		h.str("text", t.What)
		h.close('}')
		if len(h.buf) >= flushAt {
			h.flush()
		}
	}
	h.close(']')
}

type taskJSON struct {
	noteJSON
	Until number
}

func tasks(list []taskJSON) (out []waterfall.Task) {
	for _, t := range list {
		from := t.At.offset(0)
		out = append(out, waterfall.Task{From: from, To: max(from, t.Until.offset(from)), Request: int32(min(t.Request.count(0), 1<<31-1)), What: t.Text})
	}
	return out
}
