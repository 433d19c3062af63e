package fetch

import "fmt"

// checkCORS is the CORS check (Fetch standard section 4.10) on the response of a hop, redirects included.
func (x *Call) checkCORS() error {
	if x.r.Mode != CORS || !x.foreign {
		return nil
	}
	h := x.hop.Header
	allowed, ok := h.Lookup("Access-Control-Allow-Origin")
	if !ok {
		return fmt.Errorf("%w: no Access-Control-Allow-Origin", ErrCORS)
	}
	include := x.r.Credentials == Include
	if allowed == "*" && !include {
		return nil
	}
	if origin := x.originField(); allowed != origin || len(h.Values("Access-Control-Allow-Origin")) > 1 {
		return fmt.Errorf("%w: Access-Control-Allow-Origin is %q, not %q", ErrCORS, h.Joined("Access-Control-Allow-Origin"), origin)
	}
	if include && h.Get("Access-Control-Allow-Credentials") != "true" {
		return fmt.Errorf("%w: credentials", ErrCORS)
	}
	return nil
}
