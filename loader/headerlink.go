package loader

import (
	"strings"

	"pageload/fetch"
	"pageload/loader/waterfall"
	"pageload/parse"
	"pageload/parse/css"
)

// linkHeader acts on the Link fields of a document's response, before any of
// its markup (HTML standard, 4.2.4.4). Chromium takes preload, modulepreload,
// prefetch and the connection hints; a style sheet in a field is ignored.
func (f *frame) linkHeader(h fetch.Header) {
	for _, link := range h.Links() {
		f.headerLink(&link)
	}
}

func (f *frame) headerLink(link *fetch.Link) {
	ref := parse.Ref{
		FoundBy: parse.Builder, ElementName: "link header", Raw: link.URL,
		As: strings.ToLower(link.Param("as")), Type: link.Param("type"), Integrity: link.Param("integrity"),
		Nonce: link.Param("nonce"), ReferrerPolicy: link.Param("referrerpolicy"),
	}
	switch {
	case link.HasRel("preload"):
		ref.Kind = parse.Preload
	case link.HasRel("modulepreload"):
		ref.Kind = parse.ModulePreload
	case link.HasRel("prefetch"):
		ref.Kind = parse.Prefetch
	case link.HasRel("preconnect"):
		ref.Kind = parse.Preconnect
	case link.HasRel("dns-prefetch"):
		ref.Kind = parse.DNSPrefetch
	default:
		return
	}
	device := f.device
	ref.Media = css.ParseMedia(link.Param("media"))
	if ref.MediaMatches = ref.Media.Match(device); !ref.MediaMatches {
		return
	}
	if v, ok := link.Lookup("crossorigin"); ok {
		ref.CrossOrigin = parse.Anonymous
		if strings.EqualFold(v, "use-credentials") {
			ref.CrossOrigin = parse.UseCredentials
		}
	}
	switch strings.ToLower(link.Param("fetchpriority")) {
	case "high":
		ref.FetchPriority = parse.PriorityHigh
	case "low":
		ref.FetchPriority = parse.PriorityLow
	}
	if set := link.Param("imagesrcset"); set != "" && ref.As == "image" {
		if u, ok := css.SelectSrcset(set, link.Param("imagesizes"), link.URL, device); ok {
			ref.Raw = u
		}
	}
	ref.URL, ref.Err = f.url.Parse(ref.Raw)
	switch ref.Kind {
	case parse.Preconnect:
		f.l.helpers.preconnect(f, &ref)
		return
	case parse.DNSPrefetch:
		f.l.helpers.resolve(f, &ref)
		return
	}
	var w want
	if !f.wanted(&ref, &w) {
		return
	}
	w.foundBy = "link header"
	w.initiator = waterfall.Initiator{Type: "other"}
	if ref.Kind == parse.ModulePreload { // as recorded: a script without a place
		w.initiator = waterfall.Initiator{Type: "script", URL: "about:client", Line: 1}
	}
	f.fetch(w)
}
