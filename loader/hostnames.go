package loader

import "pageload/parse/weburl"

// hostNames are origins as text. The zero value is ready.
type hostNames struct {
	names      map[weburl.Origin]string
	lastOrigin weburl.Origin // that was asked for,
	lastName   string        // and what it was
}

// mostHostNames bounds how many are kept.
const mostHostNames = 256

func (h *hostNames) of(o weburl.Origin) string {
	if o == h.lastOrigin {
		return h.lastName
	}
	s, ok := h.names[o]
	if !ok {
		s = o.String()
		if h.names == nil || len(h.names) >= mostHostNames {
			h.names = map[weburl.Origin]string{}
		}
		h.names[o] = s
	}
	h.lastOrigin, h.lastName = o, s
	return s
}
