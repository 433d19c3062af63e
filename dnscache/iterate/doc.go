// Package iterate resolves names by itself: it walks from the root servers down the delegations to the servers that have
// the name, as a recursing name server does, and asks nobody else.
//
//	var r iterate.Resolver
//	a, err := r.Lookup(ctx, "example.com") // its Steps are the walk, as "dig +trace" shows it
//
// A Resolver is the last level of a name's chain ([dnscache.Root]) and a [dnscache.Source]. What it returns was said by a
// server that the delegations name for just that name; records beside the question are not believed. It validates no
// signatures.
//
// A walk costs several round trips where a recursing server nearby costs one: use system.Server where one is trusted. Keep one
// Resolver for long, since what it remembers of delegations and servers is what makes it quick.
package iterate
