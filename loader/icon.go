package loader

import (
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

// fetchIcons asks for the page's icon once the load event is over.
func (f *frame) fetchIcons() {
	if f.l.profile.Icons == NoIcons {
		return
	}
	if len(f.icons) > 0 {
		f.fetch(f.icons[len(f.icons)-1]) // of several, the last
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
