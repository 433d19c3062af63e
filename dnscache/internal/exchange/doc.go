// Package exchange puts one question to one name server and returns the response to it, over UDP, TCP or TLS. It is what
// every source that speaks DNS has in common: dnscache/system and dnscache/iterate build on it.
//
//	q, err := exchange.New("example.com", dns.TypeA)
//	var c exchange.Client
//	r := c.Ask(ctx, exchange.To{Addr: server}, q, func(r exchange.Result) { steps = append(steps, step(r)) })
//
// A response counts only if it has the ID and, to the letter, the question that was sent, and comes from where the
// question went (RFC 5452); anything else is as if it had not come. What the records in it are worth is the caller's to
// judge; this package has the rules that do not depend on who was asked (records.go).
package exchange
