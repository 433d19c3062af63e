package weburl

import (
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
)

// checkURL checks what holds for every URL: its text gives it again, and its variants are what their text says.
func checkURL(t *testing.T, u URL) {
	t.Helper()
	check := func(what string, v URL) {
		t.Helper()
		if again, err := Parse(v.String()); err != nil || again != v {
			t.Fatalf("%s: Parse(%q) = %#v, %v\n(%+v), want itself (%+v)", what, v, again, err, again, v)
		}
	}
	check("itself", u)
	check("WithoutFragment", u.WithoutFragment())
	check("WithoutUserinfo", u.WithoutUserinfo())
	check("WithScheme(https)", u.WithScheme("https"))
	check("WithScheme(ws)", u.WithScheme("ws"))
	check("WithFragmentOf", u.WithFragmentOf(MustParse("a:#f")))
	if got, err := u.Parse(""); !u.HasOpaquePath() && (err != nil || got != u.WithoutFragment()) {
		t.Fatalf("%q.Parse(\"\") = %v, %v, want it without its fragment", u, got, err)
	}
	if got, err := u.Parse("#f"); err != nil || got != u.WithoutFragment().WithFragmentOf(got) {
		t.Fatalf("%q.Parse(\"#f\") = %v, %v, want it with the fragment", u, got, err)
	}
	if u.Origin().Opaque() == (u.Origin().Site() != "") {
		t.Fatalf("%q: origin %v, site %q", u, u.Origin(), u.Origin().Site())
	}
	for i := range len(u.String()) {
		if c := u.String()[i]; c <= ' ' && !u.HasOpaquePath() || c < ' ' || c > '~' {
			t.Fatalf("%q has the byte %q", u, c)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, r := range readCases[row](f, "urltestdata.json") {
		base := ""
		if r.Base != nil {
			base = *r.Base
		}
		f.Add(base, r.Input)
	}
	f.Fuzz(func(t *testing.T, base, ref string) {
		b, err := Parse(base)
		if err == nil {
			checkURL(t, b)
		}
		u, err := b.Parse(ref)
		if err != nil {
			return
		}
		checkURL(t, u)
		if v, err := b.ParseEncoded(ref, charmap.Windows1252); err != nil {
			t.Fatalf("ParseEncoded(%q, latin1) = %v, Parse gives %v", ref, err, u)
		} else {
			checkURL(t, v)
		}
		if v, err := b.ParseEncoded(ref, japanese.ISO2022JP); err != nil {
			t.Fatalf("ParseEncoded(%q, iso-2022-jp) = %v, Parse gives %v", ref, err, u)
		} else {
			checkURL(t, v)
		}
	})
}

func FuzzParseHost(f *testing.F) {
	for _, s := range []string{"example.com", "0x7f.1", "[::1]", "bücher.example", "xn--bcher-kva", "%41", "1.2.3.4.", "a.0x", "≮", "\u00ad"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, err := ParseHost(s)
		if err != nil {
			return
		}
		if again, err := ParseHost(host); err != nil || again != host {
			t.Fatalf("ParseHost(%q) = %q, of which ParseHost gives %q, %v", s, host, again, err)
		}
	})
}
