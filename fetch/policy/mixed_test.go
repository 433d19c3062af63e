package policy

import (
	"testing"

	"pageload/parse/weburl"
)

func TestMixed(t *testing.T) {
	const http, https = "http://self.test/", "https://self.test/"
	for _, tt := range []struct {
		page, url string
		kind      Kind
		imageSet  bool
		want      string // URL to fetch
		verdict   MixedVerdict
	}{
		{https, "http://a.test/x.png", Image, false, "https://a.test/x.png", MixedUpgrade},
		{https, "http://a.test:80/x.png", Image, false, "https://a.test/x.png", MixedUpgrade},
		{https, "http://a.test:8080/x.png", Image, false, "https://a.test:8080/x.png", MixedUpgrade},
		{https, "http://a.test/x.mp4", Media, false, "https://a.test/x.mp4", MixedUpgrade},
		{https, "http://a.test/x.png", Image, true, "http://a.test/x.png", MixedBlock},
		{https, "http://a.test/x.js", Script, false, "http://a.test/x.js", MixedBlock},
		{https, "http://a.test/x.css", Style, false, "http://a.test/x.css", MixedBlock},
		{https, "http://a.test/x.woff2", Font, false, "http://a.test/x.woff2", MixedBlock},
		{https, "http://a.test/", Frame, false, "http://a.test/", MixedBlock},
		{https, "http://a.test/", Object, false, "http://a.test/", MixedBlock},
		{https, "http://a.test/", Connect, false, "http://a.test/", MixedBlock},
		{https, "ws://a.test/", Connect, false, "ws://a.test/", MixedBlock},
		{https, "wss://a.test/", Connect, false, "wss://a.test/", MixedAllow},
		{https, "http://a.test/", Prefetch, false, "http://a.test/", MixedBlock},
		{https, "http://a.test/t.vtt", Track, false, "http://a.test/t.vtt", MixedBlock},
		{https, "http://a.test/", Manifest, false, "http://a.test/", MixedBlock},
		{https, "http://a.test/", FormAction, false, "http://a.test/", MixedAllow},
		{https, "https://a.test/x.js", Script, false, "https://a.test/x.js", MixedAllow},
		{https, "data:,x", Script, false, "data:,x", MixedAllow},
		{https, "blob:https://self.test/1", Image, false, "blob:https://self.test/1", MixedAllow},
		{https, "about:blank", Frame, false, "about:blank", MixedAllow},
		{https, "http://127.0.0.1/x.js", Script, false, "http://127.0.0.1/x.js", MixedAllow},
		{https, "http://localhost:3000/x.js", Script, false, "http://localhost:3000/x.js", MixedAllow},
		{https, "http://[::1]/x.png", Image, false, "http://[::1]/x.png", MixedAllow},
		{https, "http://192.0.2.1/x.png", Image, false, "http://192.0.2.1/x.png", MixedAllow},
		{https, "http://[2001:db8::1]/x.png", Image, false, "http://[2001:db8::1]/x.png", MixedAllow},
		{https, "http://192.0.2.1/x.js", Script, false, "http://192.0.2.1/x.js", MixedBlock},
		{https, "ftp://a.test/x.png", Image, false, "ftp://a.test/x.png", MixedAllow},
		{http, "http://a.test/x.js", Script, false, "http://a.test/x.js", MixedAllow},
		{"about:blank", "http://a.test/x.js", Script, false, "http://a.test/x.js", MixedAllow},
	} {
		u, verdict := Mixed(originOf(tt.page), weburl.MustParse(tt.url), tt.kind, tt.imageSet)
		if u.String() != tt.want || verdict != tt.verdict {
			t.Errorf("Mixed(%s, %s, %s, %v) = %s, %s, want %s, %s", tt.page, tt.url, tt.kind, tt.imageSet, u, verdict, tt.want, tt.verdict)
		}
	}
	if !RestrictsMixed(originOf(http), originOf(https)) || !RestrictsMixed(originOf(https), originOf(http)) ||
		RestrictsMixed(originOf(http), originOf(http)) {
		t.Error("RestrictsMixed is not about both documents")
	}
}

func TestUpgrade(t *testing.T) {
	for _, tt := range []struct {
		url                  string
		navigation, sameHost bool
		want                 string
	}{
		{"http://a.test/x", false, false, "https://a.test/x"},
		{"http://a.test:80/x", false, false, "https://a.test/x"},
		{"http://a.test:8080/x", false, false, "https://a.test:8080/x"},
		{"ws://a.test/x", false, false, "wss://a.test/x"},
		{"https://a.test/x", false, false, "https://a.test/x"},
		{"http://localhost/x", false, false, "http://localhost/x"},
		{"http://127.0.0.1/x", false, false, "http://127.0.0.1/x"},
		{"data:,x", false, false, "data:,x"},
		{"http://a.test/x", true, false, "http://a.test/x"},
		{"http://a.test/x", true, true, "https://a.test/x"},
	} {
		if got := Upgrade(weburl.MustParse(tt.url), tt.navigation, tt.sameHost).String(); got != tt.want {
			t.Errorf("Upgrade(%s, %v, %v) = %s, want %s", tt.url, tt.navigation, tt.sameHost, got, tt.want)
		}
	}
	for csp, want := range map[string]bool{
		"upgrade-insecure-requests": true, "img-src *; Upgrade-Insecure-Requests 1": true, "img-src *": false,
		"img-src *, upgrade-insecure-requests;": true,
	} {
		for _, d := range []Delivery{Header, Meta, ReportOnly} {
			if got := cspOf(t, "https://self.test/", d, csp).UpgradeInsecureRequests(); got != (want && d != ReportOnly) {
				t.Errorf("%q, delivery %d: UpgradeInsecureRequests = %v", csp, d, got)
			}
		}
	}
}
