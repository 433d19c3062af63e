//go:build linux

package smallnet

import (
	"fmt"
	"math/rand/v2"
)

// mixedAddrs are of all kinds that RFC 6724 tells apart, near and far, reachable from the host or not, some of the host's
// own subnets.
var mixedAddrs = []string{
	"10.77.0.9", "10.77.0.130", "192.0.2.1", "198.51.100.53", "203.0.113.1", "10.1.2.3", "169.254.7.7", "127.0.0.9", "198.18.99.1",
	"2001:db8:80::1", "2001:db8:77::9", "2001:db8:dead::1", "fd77::9", "fd99::9", "2002:c000:201::1", "2001:0:c000:201::1",
	"fec0::1", "3ffe::1", "::1", "::192.0.2.1", "2400:1::1",
}

// MixedNames have two to eight addresses of different kinds each.
func MixedNames() []string {
	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("set%02d.mixed.com", i))
	}
	return names
}

func (w *atlas) mixed() {
	z := w.hosted("mixed.com.")
	draw := rand.New(rand.NewPCG(6724, 0))
	for i := range MixedNames() {
		for _, j := range draw.Perm(len(mixedAddrs))[:2+i%7] {
			z.add("set%02d %s %s", i, family(mixedAddrs[j]), mixedAddrs[j])
		}
	}
}
