package spans

import (
	"cmp"
	"context"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"pageload/loader/waterfall"
)

// Record makes the spans of a load and ends them. The load's is a child of the
// span in ctx, if there is one. It returns the context of the load's span.
func Record(ctx context.Context, t trace.Tracer, wf *waterfall.Waterfall) context.Context {
	p := &wf.Page
	at := func(d time.Duration) time.Time { return p.Start.Add(max(0, d)) }
	ctx, load := t.Start(ctx, "page load", trace.WithTimestamp(p.Start), trace.WithAttributes(semconv.URLFull(redacted(p.URL))))
	for _, m := range []struct {
		name string
		at   time.Duration
	}{{waterfall.RenderStart, p.RenderStart}, {waterfall.DOMInteractive, p.DOMInteractive}, {waterfall.DOMContentLoaded, p.DOMContentLoaded}, {waterfall.Load, p.Load}} {
		if m.at != waterfall.None {
			load.AddEvent(m.name, trace.WithTimestamp(at(m.at)))
		}
	}
	hops := map[int32]int{}
	for i := range wf.Requests {
		r := &wf.Requests[i]
		if r.BlockedReason != "" && r.Times.SendStart == waterfall.None {
			load.AddEvent("refused", trace.WithTimestamp(at(r.Start)), trace.WithAttributes(semconv.URLFull(redacted(r.URL)), attribute.String("pageload.blocked_reason", r.BlockedReason)))
			continue
		}
		chain := cmp.Or(r.Chain, r.ID)
		request(ctx, t, p.Start, r, hops[chain])
		hops[chain]++
	}
	if p.Err != "" {
		load.SetStatus(codes.Error, p.Err)
	}
	load.End(trace.WithTimestamp(at(p.End)))
	return ctx
}

// request makes the span of a request, and of its phases. resent counts the
// redirects before it.
func request(ctx context.Context, t trace.Tracer, start time.Time, r *waterfall.Request, resent int) {
	list := r.Spans()
	begin := max(r.Start, 0)
	end := begin
	if len(list) > 0 {
		begin, end = list[0].From, list[len(list)-1].To
	}
	method, original := known(r.Method)
	name := method
	if original != "" {
		name = "HTTP"
	}
	ctx, span := t.Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(start.Add(begin)), trace.WithAttributes(attributes(r, method, original)...))
	if resent > 0 {
		span.SetAttributes(semconv.HTTPRequestResendCount(resent))
	}
	for _, w := range r.Waits {
		span.AddEvent("waited", trace.WithTimestamp(start.Add(w.From)), trace.WithAttributes(attribute.String("pageload.reason", w.Reason)))
	}
	for _, m := range r.ServerTiming() {
		span.SetAttributes(attribute.Float64("pageload.server_timing."+m.Name, float64(m.Duration.Microseconds())/1e3))
	}
	// The whole of connect is from the first of its spans to the last: TLS lies
	// within.
	connect := waterfall.Span{From: waterfall.None}
	for _, s := range list {
		switch s.Phase {
		case waterfall.PhaseDNS:
			child(ctx, t, start, "dns lookup", s, semconv.DNSQuestionName(host(r.URL)))
		case waterfall.PhaseConnect, waterfall.PhaseSSL:
			if s.Phase == waterfall.PhaseSSL {
				child(ctx, t, start, "tls handshake", s, handshake(r.TLS)...)
			} else {
				if connect.From == waterfall.None {
					connect.From = s.From
				}
				if r.Times.TLSStart == waterfall.None || connect.To == 0 {
					connect.To = s.To
				}
			}
		}
	}
	if connect.From != waterfall.None {
		child(ctx, t, start, "tcp connect", connect, peer(r.Remote)...)
	}
	switch why := cmp.Or(r.NetError, r.Err, r.BlockedReason); {
	case why != "":
		span.SetAttributes(semconv.ErrorTypeKey.String(why))
		span.SetStatus(codes.Error, cmp.Or(r.Err, why))
	case r.Status >= 400:
		span.SetAttributes(semconv.ErrorTypeKey.String(strconv.Itoa(r.Status)))
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(start.Add(end)))
}

func child(ctx context.Context, t trace.Tracer, start time.Time, name string, s waterfall.Span, list ...attribute.KeyValue) {
	_, span := t.Start(ctx, name, trace.WithTimestamp(start.Add(s.From)), trace.WithAttributes(list...))
	span.End(trace.WithTimestamp(start.Add(s.To)))
}

// known returns the method as the conventions want it: _OTHER for one that is
// not theirs, and what it was.
func known(method string) (name, original string) {
	switch method {
	case "":
		return "GET", ""
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY":
		return method, ""
	}
	return "_OTHER", method
}

func attributes(r *waterfall.Request, method, original string) []attribute.KeyValue {
	list := []attribute.KeyValue{
		semconv.HTTPRequestMethodKey.String(method), semconv.URLFull(redacted(r.URL)), semconv.ServerAddress(host(r.URL)),
		attribute.String("pageload.resource_type", string(r.Type)), attribute.Int("pageload.request", int(r.ID)),
	}
	if original != "" {
		list = append(list, semconv.HTTPRequestMethodOriginal(original))
	}
	if p := port(r.URL); p > 0 {
		list = append(list, semconv.ServerPort(p))
	}
	if r.Status != 0 {
		list = append(list, semconv.HTTPResponseStatusCode(r.Status), semconv.HTTPResponseBodySize(int(r.BodyBytes)))
	}
	if v, ok := strings.CutPrefix(r.Proto, "HTTP/"); ok {
		list = append(list, semconv.NetworkProtocolName("http"), semconv.NetworkProtocolVersion(strings.TrimSuffix(v, ".0")))
	}
	text := func(name, value string) {
		if value != "" {
			list = append(list, attribute.String(name, value))
		}
	}
	text("pageload.priority", string(cmp.Or(r.FinalPriority, r.Priority)))
	text("pageload.render_blocking", r.RenderBlocking)
	text("pageload.initiator", redacted(r.Initiator.URL))
	text("pageload.cache", r.FromCache)
	if r.ConnID != 0 {
		list = append(list, attribute.String("pageload.connection", strconv.FormatUint(r.ConnID, 10)), attribute.Bool("pageload.reused", r.Reused))
	}
	return append(list, peer(r.Remote)...)
}

func peer(remote string) []attribute.KeyValue {
	a, err := netip.ParseAddrPort(remote)
	if err != nil {
		return nil
	}
	return []attribute.KeyValue{semconv.NetworkPeerAddress(a.Addr().String()), semconv.NetworkPeerPort(int(a.Port()))}
}

func handshake(t *waterfall.TLS) []attribute.KeyValue {
	if t == nil {
		return nil
	}
	return []attribute.KeyValue{semconv.TLSProtocolVersion(strings.TrimPrefix(t.Version, "TLS ")), semconv.TLSCipher(t.Cipher), semconv.TLSResumed(t.Resumed)}
}

// redacted is the URL without the credentials that it may have.
func redacted(s string) string {
	if u, err := url.Parse(s); err == nil && u.User != nil {
		u.User = url.UserPassword("REDACTED", "REDACTED")
		return u.String()
	}
	return s
}

func host(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func port(s string) int {
	u, err := url.Parse(s)
	if err != nil {
		return 0
	}
	if n, err := strconv.Atoi(u.Port()); err == nil {
		return n
	}
	switch u.Scheme {
	case "https":
		return 443
	case "http":
		return 80
	}
	return 0
}
