package nameflags

import (
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"pageload/dnscache"
	"pageload/dnscache/iterate"
	"pageload/dnscache/system"
	"pageload/fetch/doh"
	"pageload/parse/weburl"
)

// Flags are what the arguments say about names. The zero value is the whole chain
// of this machine: browser, os, router, isp, root.
type Flags struct {
	Levels []dnscache.Level // nil: the five
	Roots  []netip.AddrPort // nil: the Internet's
	Server *system.Upstream // nil: those of resolv.conf
	Over   *Service         // instead of Server; nil: none
	Router netip.AddrPort   // zero: the default gateway
	Hosts  string           // empty: the system's
	Resolv string           // empty: the system's
	HTTPS  bool             // HTTPS records are asked for as well
}

// A Service is a name server over HTTPS.
type Service struct {
	URL       string
	Bootstrap []netip.Addr // of the URL's host; nil where that is an address
}

// Register adds the flags to a set.
func (f *Flags) Register(set *flag.FlagSet) {
	set.Func("levels", "ask these levels, a `LIST` of browser, os, router, isp, root and system (default browser,os,router,isp,root)", f.setLevels)
	set.Func("roots", "the root servers are these, a list of `IP[:PORT],…` (default those of the Internet)", f.setRoots)
	set.Func("server", "the ISP's name server is `IP[:PORT]`, tcp://…, tls://IP[:PORT][#NAME] or https://HOST/PATH#IP (default what resolv.conf says)", f.setServer)
	set.Func("router", "the router is `IP[:PORT]` (default the default gateway)", func(s string) (err error) {
		f.Router, err = address(s)
		return err
	})
	set.Func("hosts", "read `FILE` instead of the system's hosts file", func(s string) error {
		f.Hosts = s
		return readable(s)
	})
	set.Func("resolv", "read `FILE` instead of the system's resolv.conf", func(s string) error {
		f.Resolv = s
		return readable(s)
	})
}

// RegisterSpokenOf adds the flags to the set of a program that resolves by
// SpokenOf.
func (f *Flags) RegisterSpokenOf(set *flag.FlagSet) {
	f.Register(set)
	set.Lookup("levels").Usage = "ask these levels for names, a `LIST` of browser, os, router, isp, root and system (default browser, the hosts file, then those that another flag speaks of, or else system)"
}

// Set reports whether an argument said anything about names.
func (f *Flags) Set() bool {
	return f.Levels != nil || f.Roots != nil || f.Server != nil || f.Over != nil || f.Router.IsValid() || f.Hosts != "" || f.Resolv != ""
}

// Offer gives the flags a server to ask where no argument said which levels are
// asked, or whom one of them asks; a hosts file alone does not.
func (f *Flags) Offer(server netip.AddrPort) {
	without := *f
	without.Hosts = ""
	if !without.Set() {
		f.Server = &system.Upstream{Addr: server}
	}
}

// levels are those that can be asked for, the default ones first.
var levels = []dnscache.Level{dnscache.Browser, dnscache.OS, dnscache.Router, dnscache.ISP, dnscache.Root, dnscache.System}

func (f *Flags) setLevels(s string) error {
	f.Levels = nil
	for name := range strings.SplitSeq(s, ",") {
		i := slices.IndexFunc(levels, func(l dnscache.Level) bool { return l.String() == strings.TrimSpace(name) })
		switch {
		case i < 0:
			return fmt.Errorf("there is no level %q: they are browser, os, router, isp, root and system", name)
		case slices.Contains(f.Levels, levels[i]):
			return fmt.Errorf("%s is there twice", levels[i])
		case levels[i] == dnscache.Browser && len(f.Levels) > 0:
			return errors.New("browser is the first level or none: its cache is before all others")
		}
		f.Levels = append(f.Levels, levels[i])
	}
	return nil
}

func (f *Flags) setRoots(s string) error {
	f.Roots = nil
	for one := range strings.SplitSeq(s, ",") {
		a, err := address(strings.TrimSpace(one))
		if err != nil {
			return err
		}
		f.Roots = append(f.Roots, a)
	}
	return nil
}

func (f *Flags) setServer(s string) error {
	if strings.HasPrefix(s, "https://") {
		return f.setService(s)
	}
	u, err := system.ParseUpstream(s)
	if err != nil {
		return errors.New("it is IP or IP:PORT, such as 9.9.9.9 or [::1]:5353, or tls://9.9.9.9#dns.quad9.net")
	}
	f.Server, f.Over = &u, nil
	return nil
}

// setService reads https://HOST[:PORT]/PATH with the address of HOST after a #,
// which an address does without.
func (f *Flags) setService(s string) error {
	link, fragment, named := strings.Cut(s, "#")
	u, err := weburl.Parse(link)
	if err != nil {
		return err
	}
	over := &Service{URL: u.String()}
	host, _ := u.Address()
	ip, err := netip.ParseAddr(fragment)
	switch _, literal := netip.ParseAddr(host); {
	case named && err != nil, !named && literal != nil:
		return errors.New("the host's address stands after the URL, such as https://dns.quad9.net/dns-query#9.9.9.9")
	case named:
		over.Bootstrap = []netip.Addr{ip}
	}
	f.Server, f.Over = nil, over
	return nil
}

// address reads a name server's address; its port is 53 where none is said.
func address(s string) (netip.AddrPort, error) {
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]")); err == nil {
		return netip.AddrPortFrom(a, 53), nil
	}
	a, err := netip.ParseAddrPort(s)
	if err != nil || a.Port() == 0 {
		return a, errors.New("it is IP or IP:PORT, such as 9.9.9.9 or [::1]:5353")
	}
	return a, nil
}

// readable reads a file once: one that cannot be read is empty to everybody else.
func readable(file string) error {
	_, err := os.ReadFile(file)
	return err
}

// Resolver returns the chain that the flags describe, with an empty cache.
func (f *Flags) Resolver() *dnscache.Resolver {
	r := &dnscache.Resolver{Sources: []dnscache.Source{}, MaxEntries: -1}
	for _, l := range f.chain() {
		if l == dnscache.Browser {
			r.MaxEntries = 0
			continue
		}
		r.Sources = append(r.Sources, f.sources(l)...)
	}
	return r
}

// SpokenOf is Resolver where levels were named. Where none was, it returns the
// chain of the levels that the other flags speak of, behind the browser's cache
// and the hosts file. A caching daemon of the machine is not part of it: it would
// answer for those who are named.
func (f *Flags) SpokenOf() *dnscache.Resolver {
	if f.Levels != nil {
		return f.Resolver()
	}
	chain := *f
	chain.Levels = []dnscache.Level{dnscache.Browser}
	if chain.Router.IsValid() {
		chain.Levels = append(chain.Levels, dnscache.Router)
	}
	if chain.Server != nil || chain.Over != nil || chain.Resolv != "" {
		chain.Levels = append(chain.Levels, dnscache.ISP)
	}
	if chain.Roots != nil {
		chain.Levels = append(chain.Levels, dnscache.Root)
	}
	if len(chain.Levels) == 1 {
		chain.Levels = append(chain.Levels, dnscache.System)
	}
	r := chain.Resolver()
	r.Sources = append([]dnscache.Source{&system.Hosts{Path: chain.Hosts}}, r.Sources...)
	return r
}

func (f *Flags) chain() []dnscache.Level {
	if f.Levels == nil {
		return levels[:5]
	}
	return f.Levels
}

// Asks reports whether a level is part of the chain.
func (f *Flags) Asks(l dnscache.Level) bool { return slices.Contains(f.chain(), l) }

// sources are what stands for a level.
func (f *Flags) sources(l dnscache.Level) []dnscache.Source {
	switch l {
	case dnscache.OS:
		return []dnscache.Source{
			&system.Hosts{Path: f.Hosts}, &system.Resolved{Path: f.Resolv, HTTPS: f.HTTPS}, &system.NSCD{},
		}
	case dnscache.Router:
		r := &system.Router{HTTPS: f.HTTPS}
		if f.Router.IsValid() {
			r.Addrs = []netip.AddrPort{f.Router}
		}
		return []dnscache.Source{r}
	case dnscache.ISP:
		if f.Over != nil {
			return []dnscache.Source{&doh.Source{URL: f.Over.URL, Bootstrap: f.Over.Bootstrap, HTTPS: f.HTTPS}}
		}
		isp := &system.ISP{Path: f.Resolv, HTTPS: f.HTTPS}
		if f.Server != nil {
			isp.Upstreams = []system.Upstream{*f.Server}
		}
		return []dnscache.Source{isp}
	case dnscache.Root:
		return []dnscache.Source{&iterate.Resolver{Roots: f.Roots, HTTPS: f.HTTPS}}
	}
	return []dnscache.Source{&system.System{}}
}
