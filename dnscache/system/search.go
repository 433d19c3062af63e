package system

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"pageload/dnscache"
	"pageload/dnscache/internal/exchange"
)

// search looks up the candidates for name in order until one has an address. As in the C library, one that does not
// exist, or has no address, or whose servers fail leads to the next, and what is reported in the end is, in this order:
// what became of the name as it is where it was the first, that a candidate has no address, that servers failed, that
// none exists. Where nobody responds the search ends.
func (k *asker) search(ctx context.Context, name string, candidates []string) (dnscache.Answer, error) {
	name = strings.TrimSuffix(name, ".")
	var steps []dnscache.Step
	var silent, asIs, empty, broken, absent error
	var services []dnscache.HTTPS // of a name without address
	ttl := exchange.MaxTTL        // how long the worst is to be believed
	for i, c := range candidates {
		a, err := k.lookup(ctx, c)
		steps = append(steps, a.Steps...)
		if err == nil {
			a.Name, a.Steps = name, steps
			return a, nil
		}
		ttl = min(ttl, a.TTL)
		if services == nil {
			services = a.HTTPS
		}
		switch {
		case a.RCode == "":
			silent = err
		case i == 0 && len(c) == len(name):
			asIs = err
		case errors.Is(err, dnscache.ErrNoAddress):
			empty = err
		case errors.Is(err, dnscache.ErrNotFound):
			absent = err
		default:
			broken = err
		}
		if silent != nil {
			break
		}
	}
	e := &dnscache.Error{Name: name, Level: k.level, Steps: steps, Err: errNoServers}
	var worst *dnscache.Error
	if errors.As(cmp.Or(silent, asIs, empty, broken, absent), &worst) {
		e.RCode, e.Err = worst.RCode, worst.Err
	}
	a := dnscache.Answer{Name: name, Level: k.level, RCode: e.RCode, TTL: ttl, Steps: steps}
	if errors.Is(e.Err, dnscache.ErrNoAddress) {
		a.HTTPS = services
	}
	return a, e
}
