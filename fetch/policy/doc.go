// Package policy decides what a page may fetch and what it may use of what came: Content Security Policy, mixed content,
// Subresource Integrity, nosniff and media types, opaque response blocking, Cross-Origin-Resource-Policy and
// X-Frame-Options, each as Chromium applies the standard.
//
// It is pure functions and plain data: no network, no clock, no state. Whoever loads a page asks before a request
// ([CSP.Allows], [Mixed]), on each redirect, and when the response is there ([SheetUsable], [ScriptUsable],
// [Integrity.Matches], [Opaque.Blocked], [CORP], [FrameAllowed]). The CORS check is in package fetch.
//
// Chromium's order before a request is: [Upgrade] if the document asks for it, then [Mixed] with what it upgrades, then
// [CSP.Allows] with the URL that came of it, then Mixed with what it blocks; so where two refuse, "csp" is the reason.
//
// A document's policies are collected in a [CSP], from its header fields and from its meta elements, in this order:
//
//	var csp policy.CSP
//	csp.Add(policy.ParseCSP(fieldValue, origin, policy.Header)...)
//	ok, directive := csp.Allows(policy.Request{URL: u, Kind: policy.Image})
//
// It is no defence for a program that executes what it loads: there are no reports, and nothing of a policy that only
// concerns running code (eval, Trusted Types) is kept. A crawler that wants every byte does not need it.
package policy
