// Package spans turns a waterfall into OpenTelemetry spans.
//
//	spans.Record(ctx, provider.Tracer("pageload"), page.Waterfall())
//
// A load is a span "page load", with the milestones as events. Below it is a span
// of kind client for each request that was sent, named and with attributes as
// the semantic conventions for HTTP spans say (stable since 1.23), and below that
// "dns lookup", "tcp connect" and "tls handshake" where the request went through
// them. Spans have the times of the load, whenever they are recorded. Requests
// that a policy refused have no span but an event of the load's.
package spans
