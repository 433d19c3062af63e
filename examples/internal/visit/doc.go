// Package visit is what the programs have in common that load one page: its URL or
// the demo site in place of one, the flags about names and connections, and the
// virtual browser that they describe.
//
//	var o visit.Options
//	o.Begin("fetchall", "the whole page may take this `TIME`; 0: no limit")
//	// o.Set.StringVar(…)
//	err := o.Parse(args)
//	…
//	stop, err := o.Demo(ctx)
//	…
//	defer stop()
//	page, err := o.Profile(false).Load(ctx, o.URL)
package visit
