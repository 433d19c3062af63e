package main

import (
	"strings"

	"pageload/fetch/httpcache"
	"pageload/loader"
)

// openCache gives the profile a cache in the folder that -cache names. Where that cannot be used the notice says why in a line, and the page is
// loaded as without the flag.
func (o *options) openCache(p *loader.Profile) (notice string) {
	if o.cacheDir == "" {
		return ""
	}
	d, err := httpcache.OpenDisk(o.cacheDir, 0)
	if err != nil {
		return "-cache: " + strings.TrimPrefix(err.Error(), "httpcache: ") + "; the page is loaded without it"
	}
	p.Cache = &httpcache.Cache{Store: d}
	return ""
}
