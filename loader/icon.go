package loader

import (
	"strconv"
	"strings"

	"pageload/fetch"
	"pageload/loader/schedule"
	"pageload/loader/waterfall"
)

// Icons says which icons are fetched. A browser asks for the icon once the load
// event is over; it delays nothing.
type Icons uint8

// The choices.
const (
	NamedIcons Icons = iota // what the page names with rel=icon
	NoIcons
	AllIcons // /favicon.ico as well, where the page names none
)

// iconSize is what a tab shows an icon at, in device pixels.
const iconSize = 16

// bestIcon is the index of the icon that is asked for, of those that the page names:
// where all say their sizes the smallest that is large enough, else the last.
func (f *frame) bestIcon() int {
	best, least := len(f.icons)-1, 0
	for i, p := range f.icons {
		sizes, _ := f.table().Attr(p.id, "sizes")
		n := 0
		for s := range strings.FieldsSeq(strings.ToLower(sizes)) {
			w, _, _ := strings.Cut(s, "x")
			if x, err := strconv.Atoi(w); err == nil && x >= iconSize && (n == 0 || x < n) {
				n = x
			}
		}
		if n == 0 {
			return len(f.icons) - 1
		}
		if least == 0 || n <= least {
			best, least = i, n
		}
	}
	return best
}

// fetchIcons asks for the page's icon once the load event is over.
func (f *frame) fetchIcons() {
	if f.l.profile.Icons == NoIcons {
		return
	}
	if len(f.icons) > 0 {
		f.fetch(f.icons[f.bestIcon()].w)
		return
	}
	if f.l.profile.Icons == AllIcons && f.url.IsHTTP() {
		if u, err := f.url.Parse("/favicon.ico"); err == nil {
			f.fetch(want{
				url: u, typ: waterfall.Other, destination: fetch.Icon, mode: fetch.NoCORS, referrer: f.url, foundBy: "browser",
				rules: schedule.Resource{Icon: true}, initiator: waterfall.Initiator{Type: "other"},
			})
		}
	}
}
