package loader_test

import "testing"

// What the page and its frames share: connections are kept apart by the page's
// site and by whether the frame is of another one (browser-loading rules, 4.2:
// measured, the same third-party image over different sockets).
func TestFramesOfOtherSitesHaveTheirOwnConnections(t *testing.T) {
	const text = `{"responses": {"/away": {"status": 302, "headers": {"Location": "http://other.test/moved.html"}}}}
-- index.html --
<!doctype html><title>t</title><body><img src="http://cdn.test/i-10x10.png">
<iframe src="http://other.test/f.html"></iframe>
<iframe src="http://sub.site.test/f.html"></iframe>
-- @cdn/x.html --
-- @other/f.html --
<!doctype html><title>t</title><body><img src="http://cdn.test/j-10x10.png">
-- @other/moved.html --
<!doctype html><title>t</title>
-- @sub.site/f.html --
<!doctype html><title>t</title><body><img src="http://cdn.test/k-10x10.png">
`
	inWorld(t, text, func(w *world) {
		p := w.load("/")
		page, cross := p.row("cdn/i-10x10.png").ConnID, p.row("cdn/j-10x10.png").ConnID
		if page == 0 || cross == 0 || page == cross {
			t.Errorf("connection %d for the page, %d for the frame of another site", page, cross)
		}
		if same := p.row("cdn/k-10x10.png").ConnID; same != page {
			t.Errorf("connection %d for the frame of the page's site, %d for the page", same, page)
		}
		w.load("/away") // a redirect to another site changes the partition with it
		keys := map[string]bool{}
		for _, r := range w.profile.Pool.Records() {
			keys[r.Key.String()] = true
		}
		for _, want := range []string{
			"http://site.test:80 in http://site.test",
			"http://sub.site.test:80 in http://site.test",
			"http://other.test:80 in http://site.test cross-site",
			"http://other.test:80 in http://other.test",
			"http://cdn.test:80 in http://site.test",
			"http://cdn.test:80 in http://site.test cross-site",
		} {
			if !keys[want] {
				t.Errorf("no connection of %q, only %v", want, keys)
			}
			delete(keys, want)
		}
		if len(keys) > 0 {
			t.Errorf("connections too of %v", keys)
		}
	})
}
