package parse

import (
	"fmt"
	"strings"
	"testing"
)

func TestLinks(t *testing.T) {
	src := `<base href=/b/><link rel=canonical href=c><link rel=next href=n><link rel=prev href=p><link rel=alternate type=application/rss+xml href=f hreflang=de>
<link rel=amphtml href=x><link rel=stylesheet href=s><a href="a?x=1&amp;y" target=_blank rel="nofollow ugc">  A <b>b</b>
 &amp; c</a><a name=x>no</a><a href="mailto:me@x.test">m</a><a href="http://[">bad</a><map><area href=area></map><svg><a xlink:href=svg>s</a></svg>`
	d, err := Parse(strings.NewReader(src), Options{URL: testURL, Charset: "utf-8"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range d.Links() {
		s := fmt.Sprintf("%s %s %s", l.Kind, strings.TrimPrefix(l.URL.String(), "http://site.test"), l.Text)
		if l.Err != nil {
			s += "error"
		}
		got = append(got, strings.TrimSpace(s))
	}
	want := "canonical /b/c; next /b/n; prev /b/p; alternate /b/f; other /b/x; anchor /b/a?x=1&y A b & c; anchor mailto:me@x.test m; anchor  baderror; area /b/area; anchor /b/svg s"
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("got  %s\nwant %s", s, want)
	}
	if l := d.Links()[5]; l.Rel != "nofollow ugc" || l.Target != "_blank" || l.Line != 2 {
		t.Errorf("%+v", l)
	}
	if d.Base().Path() != "/b/" || d.URL().Path() != "/dir/page.html" {
		t.Errorf("Base = %s", d.Base())
	}
}

func TestForms(t *testing.T) {
	src := `<form action=go method=post enctype=multipart/form-data><input name=a value=1><input type=CHECKBOX name=b checked><input type=radio name=r value=x disabled>
<select name=s><option disabled>o<option value=p>q<option>  r
 t</select><select name=m multiple><option selected>x<option selected value=y>z</select><textarea name=t>
 text &lt;</textarea><button name=u value=v>B</button><button type=reset name=w></button></form>
<form id=f><input name=in></form><input name=out form=f><input name=none><table><form action=tab><tr><td><input name=cell></table>`
	d, err := Parse(strings.NewReader(src), Options{URL: testURL, Charset: "utf-8"})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, l := range d.Links() {
		s := fmt.Sprintf("%s %s %s:", l.Form.Method, l.Form.Action.Path(), l.Form.Enctype)
		for _, f := range l.Form.Fields {
			s += fmt.Sprintf(" %s/%s=%q", f.Name, f.Type, f.Value)
			if f.Checked {
				s += "+"
			}
			if f.Disabled {
				s += "-"
			}
		}
		got = append(got, s)
	}
	want := []string{
		`POST /dir/go multipart/form-data: a/text="1" b/checkbox="on"+ r/radio="x"- s/select="p" s/option="o"- s/option="p"+ s/option="r t" m/select="x" m/option="x"+ m/option="y"+ t/textarea=" text <" u/submit="v" w/reset=""`,
		`GET /dir/page.html application/x-www-form-urlencoded: in/text="" out/text=""`,
		`GET /dir/tab application/x-www-form-urlencoded: cell/text=""`,
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
