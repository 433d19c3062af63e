package connflags

import (
	"context"
	"errors"
	"flag"
	"os"
	"strings"

	"pageload/conn"
	"pageload/conn/kernel"
	"pageload/conn/throttle"
	"pageload/loader"
)

// Flags are what the arguments say about connections. The zero value is what
// holds where none was given.
type Flags struct {
	Proxy      func(context.Context, conn.Key) (*conn.Proxy, error) // nil: none
	Facts      conn.Facts
	WatchClose bool
	Throttle   *throttle.Link // nil: as fast as it is

	proxy string // as given
}

// Register adds the flags to a set. Parsed comes after it was parsed.
func (f *Flags) Register(set *flag.FlagSet) {
	set.StringVar(&f.proxy, "proxy", "", "connect through the proxy `URL`, such as http://user:password@proxy.example:3128 or socks5h://127.0.0.1:1080 (http, https, socks5, socks5h); env: as HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY say (default none)")
	set.Func("facts", "ask the kernel about each connection (TCP_INFO) `WHEN`: none, openclose, or each for after each response too (default openclose)", f.setFacts)
	set.Func("throttle", "make all connections together as slow as the network `NAME`: "+quoted(throttle.Names())+" (default none)", f.setThrottle)
	set.BoolVar(&f.WatchClose, "watch-close", false, "watch each connection's close state by state, to TIME_WAIT")
}

// setThrottle takes a preset's name, in which case, spaces and dashes do not
// count: "slow3g" is "Slow 3G".
func (f *Flags) setThrottle(s string) error {
	plain := strings.NewReplacer(" ", "", "-", "", "_", "")
	for _, name := range throttle.Names() {
		if strings.EqualFold(plain.Replace(name), plain.Replace(s)) {
			link, _ := throttle.Preset(name)
			f.Throttle = &link
			return nil
		}
	}
	return errors.New("it is one of " + quoted(throttle.Names()))
}

func quoted(names []string) string {
	return `"` + strings.Join(names, `", "`) + `"`
}

// Parsed looks at what the flags were given, once they were. The error is one for
// the user; it does not repeat a proxy's URL, which may have a password.
func (f *Flags) Parsed() error {
	switch f.proxy {
	case "":
		return nil
	case "env":
		f.Proxy = conn.EnvironmentProxy(os.Getenv)
		return nil
	}
	p, err := conn.ParseProxy(f.proxy)
	if err != nil {
		text := strings.TrimPrefix(err.Error(), "conn: ")
		return errors.New("-proxy: " + strings.TrimPrefix(text, "proxy: "))
	}
	f.Proxy = conn.FixedProxy(p)
	return nil
}

func (f *Flags) setFacts(s string) error {
	switch s {
	case "none":
		f.Facts = conn.FactsNone
	case "openclose":
		f.Facts = conn.FactsOpenClose
	case "each":
		f.Facts = conn.FactsEachResponse
	default:
		return errors.New("it is none, openclose or each")
	}
	return nil
}

// Apply makes a new profile's connections as the flags say. With paths, the way
// to each peer is looked up as well.
func (f *Flags) Apply(p *loader.Profile, paths bool) {
	p.Pool.Dialer.Proxy = f.Proxy
	if f.Throttle != nil {
		p.Pool.Dialer.Link = f.Throttle
	}
	p.Pool.Facts = f.Facts
	p.Pool.WatchClose = f.WatchClose
	if paths && f.Facts != conn.FactsNone {
		p.Pool.Paths = &kernel.Paths{}
	}
}
