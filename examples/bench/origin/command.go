package origin

import (
	"encoding/json"
	"io"
	"time"
)

// An Order is what a Server in another process is told, a line of JSON each.
type Order struct {
	Reset bool          // begin to count anew, with Delay
	Delay time.Duration // see Server.Reset
	Page  string        // else: whose counts are wanted
}

// Addresses are the first thing that Serve tells.
type Addresses struct{ HTTP, HTTPS1, HTTPS2 string }

// Serve runs a server that is told what to do on r and answers on w, until r
// ends: Addresses, and then Counts for each order.
func Serve(r io.Reader, w io.Writer) error {
	s, err := Start()
	if err != nil {
		return err
	}
	defer s.Close()
	out, in := json.NewEncoder(w), json.NewDecoder(r)
	if err := out.Encode(Addresses{s.HTTP, s.HTTPS1, s.HTTPS2}); err != nil {
		return err
	}
	for {
		var o Order
		switch err := in.Decode(&o); {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if o.Reset {
			s.Reset(o.Delay)
		}
		if err := out.Encode(s.Counts(o.Page)); err != nil {
			return err
		}
	}
}
