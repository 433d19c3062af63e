package css

import (
	"slices"
	"strings"
	"testing"
)

// fetched returns the last path segments of what a body with a style fetches.
func fetched(t testing.TB, style, body string, d Device) string {
	t.Helper()
	_, table, _ := parsePage(t, "<!doctype html><html><head></head><body>"+body+"</body></html>")
	var s Styler
	s.SetSources([]Source{{Sheet: ParseSheet([]byte(style), baseURL), URL: baseURL}})
	var names []string
	for _, f := range s.Collect(table, baseURL, d) {
		names = append(names, f.URL.Path()[strings.LastIndexByte(f.URL.Path(), '/')+1:])
	}
	if p := s.Problems(); p != nil {
		t.Errorf("problems: %v", p)
	}
	return strings.Join(names, " ")
}

func TestCollect(t *testing.T) {
	tests := []struct{ name, style, body, want string }{
		// recovery
		{"unclosed rule", "p{background:url(a)", "<p>", "a"},
		{"unclosed url", "p{background:url(a", "<p>", "a"},
		{"unclosed string", "p{background:url('a", "<p>", "a"},
		{"unclosed comment", "p{background:url(a)}/* p{background:url(b)}", "<p>", "a"},
		{"bad declaration", "p{color red;background:url(a)}", "<p>", "a"},
		{"bad string ends at line", "p{content:'x\n;background:url(a)}", "<p>", "a"},
		{"bad url", "p{background:url(a b);list-style:url(c)}", "<p>", "c"},
		{"block in a value", "p{color:{x};background:url(a)}", "<p>", "a"},
		{"at-rule unknown", "@unknown x{p{background:url(b)}} p{background:url(a)}", "<p>", "a"},
		{"at-rule statement", "@unknown x; p{background:url(a)}", "<p>", "a"},
		{"stray brace", "} p{background:url(b)} p{background:url(a)}", "<p>", "a"},
		{"semicolon at the top", "; p{background:url(b)} p{background:url(a)}", "<p>", "a"},
		{"html comment", "<!-- p{background:url(a)} -->", "<p>", "a"},
		{"important", "p{background:url(a)!important;background:url(b)} p{background:url(c)}", "<p>", "a"},
		{"important with space", "p{background:url(a) ! IMPORTANT} p{background:url(c)}", "<p>", "a"},
		{"escaped property", "p{b\\61 ckground:url(a)}", "<p>", "a"},
		{"escaped url function", "p{background:u\\72l(a;b)}", "<p>", "a;b"},
		{"semicolon in url", "p{background:url(a;b}c);color:red}", "<p>", "a;b%7Dc"},
		{"comments everywhere", "p/**/{/**/background/**/:/**/url(a)/**/}", "<p>", "a"},
		{"case", "P{BACKGROUND:URL(a)}", "<p>", "a"},
		// values
		{"shorthand resets", "p{background:url(a)} p{background:#fff}", "<p>", ""},
		{"a value first seen in a dropped rule", "p:bogus{display:none} i{list-style:url(b)} p{display:none;background:url(a)}", "<p></p><i>", "b"},
		{"invalid does not reset", "p{background:url(a)} p{background:bogus}", "<p>", "a"},
		{"border resets border-image", "p{border-image:url(a) 1} p{border:0}", "<p>", ""},
		{"all resets", "p{background:url(a)} p{all:unset}", "<p>", ""},
		{"url modifiers", "p{background:url('a' integrity('x') cross-origin(anonymous))}", "<p>", "a"},
		{"url with something else", "p{background:url(a)} p{background:url('b' x)}", "<p>", "a"},
		{"unclosed url with a string", "i{background-image:url( \"b\" ; color: red }", "<i>", ""},
		{"url with a string at the end", "p{background:url('a'", "<p>", "a"},
		{"revert drops the author's", "p{background:url(a)} @layer l{p{background:url(b)}} p.x{background:revert}", "<p class=x>", ""},
		{"revert of a higher rule", "p.x{background:url(a)} p{background:revert}", "<p class=x>", "a"},
		{"revert and a style attribute", "p{background:revert}", "<p style='background:url(a)'></p><i style='background:url(b);background:revert'>", "a"},
		{"revert important", "p{background:url(a)!important} p.x{background:revert!important}", "<p class=x>", ""},
		{"revert drops hints", "td{background:revert}", "<table><tr><td background=a>", ""},
		{"revert shows what is hidden", "p{display:none;background:url(a)} p.x{display:revert}", "<p class=x>", "a"},
		{"revert-layer keeps hints", "td{background:revert-layer}", "<table><tr><td background=a>", "a"},
		{"revert-layer in one layer", "p{background:url(a)} p.x{background:revert-layer}", "<p class=x>", ""},
		{"revert-layer to a lower layer", "@layer l{p{background:url(b)}} p{background:url(a)} p.x{background:revert-layer}", "<p class=x>", "b"},
		{"all revert-layer", "@layer l{p{background:url(b)}} p{background:url(a)} p.x{all:revert-layer}", "<p class=x>", "b"},
		{"initial", "p{background:url(a)} p{background-image:initial}", "<p>", ""},
		{"list-style none", "ul{list-style:url(a)} ul{list-style:none}", "<ul><li>", ""},
		{"list-style of ul", "ul{list-style-image:url(a)}", "<ul><li>", "a"},
		{"cursor without keyword", "p{cursor:url(a)} i{cursor:url(b) 1 2,pointer}", "<p><i>", "b"},
		{"image-set types", "p{background:image-set('a' type('image/nope'),'b' type('image/png') 1x)}", "<p>", "b"},
		{"image-set none left", "p{background:image-set('a' type('image/nope'))}", "<p>", ""},
		{"cross-fade", "p{background:-webkit-cross-fade(url(a),url(b),50%)}", "<p>", "a b"},
		{"data is not fetched", "p{background:url(data:image/png;base64,AAAA)}", "<p>", ""},
		{"local references", "p{mask:url(#m);filter:url(#f);clip-path:url(#c)}", "<p>", ""},
		{"several layers", "p{background:url(a),linear-gradient(red,blue),url(b) no-repeat 50%/cover}", "<p>", "a b"},
		{"content needs a pseudo's content", "p::before{background:url(a)} i::before{background:url(b);content:''}", "<p><i>", "b"},
		{"one url in two modes", "p{background:url(a);mask-image:url(a)}", "<p>", "a a"},
		// var()
		{"var", ":root{--a:url(a)} p{background:var(--a)}", "<p>", "a"},
		{"var fallback", "p{background:var(--none,url(a))}", "<p>", "a"},
		{"var invalid unsets", "p{background:url(b)} p{background:var(--none)}", "<p>", ""},
		{"var cycle", ":root{--a:var(--b);--b:var(--a)} p{background:var(--a,url(b))}", "<p>", "b"},
		{"var chain", ":root{--a:var(--b);--b:var(--c,x);--c:url(c)} p{background:var(--a) no-repeat}", "<p>", "c"},
		{"var inherited and overridden", ":root{--a:url(a)} div{--a:url(b)} p{background:var(--a)}", "<p></p><div><p>", "a b"},
		{"var in style attribute", ":root{--a:url(a)}", "<p style='background:var(--a)'>", "a"},
		{"var set in style attribute", "p{background:var(--a)}", "<p style='--a:url(a)'>", "a"},
		{"var in a layered rule", "@layer x{p{background:var(--a)}} p{--a:url(a)}", "<p>", "a"},
		{"var hides", "p{display:var(--d);background:url(a)} :root{--d:none}", "<p>", ""},
		{"important custom property", ":root{--a:url(a)!important} :root{--a:url(b)} p{background:var(--a)}", "<p>", "a"},
		{"initial value of @property", "@property --a{syntax:'<image>';inherits:true;initial-value:url(a)} p{background:var(--a)}", "<p>", "a"},
		{"@property and a value", "@property --a{syntax:'*';inherits:true;initial-value:url(a)} body{--a:url(b)} p{background:var(--a)}", "<p>", "b"},
		{"@property that does not inherit", "@property --a{syntax:'*';inherits:false;initial-value:url(a)} div{--a:url(b)} div,p{background:var(--a)}", "<div><p>", "b a"},
		{"@property incomplete", "@property --a{syntax:'*';initial-value:url(a)} p{background:var(--a)}", "<p>", ""},
		{"@property unclosed", "p{background:var(--a)} @property --a{syntax:'*';x;inherits:true;initial-value:url(a)", "<p>", "a"},
		// nesting and groups
		{"nested", "div{p{background:url(a)} &>i{background:url(b)} .x &{background:url(c)}}", "<div><p></p><i></i></div><b class=x><div></div></b>", "a b c"},
		{"declarations after a nested rule", "p{i{background:url(b)} background:url(a)}", "<p><i>", "a b"},
		{"nested with a pseudo-class first", "p{a:hover{background:url(b)} :is(i,b){background:url(a)}}", "<p><i>", "a"},
		{"nested media", "p{@media screen{background:url(a)} @media print{background:url(b)}}", "<p>", "a"},
		{"nested invalid parent", "p:bogus{i{background:url(a)}}", "<p><i>", ""},
		{"nested list in is", "div{:is(&,.x) p{background:url(a)}}", "<div><p>", "a"},
		{"media in media", "@media screen{@media (min-width:1px){p{background:url(a)}}}", "<p>", "a"},
		{"supports", "@supports (display:grid) and (not (color:bogus)){p{background:url(a)}} @supports selector(:bogus){p{background:url(b)}}", "<p>", "a"},
		{"supports of functions", "@supports (backdrop-filter:blur(1px)) and (width:calc(1px + 2em)) and (color:oklch(50% 0 0)) and (width:10cqw) and (transform:translate(1px,2px)){p{background:url(a)}} @supports (transform:bogus(1px)){p{list-style:url(b)}}", "<p>", "a"},
		{"layers", "@layer b,a; @layer a{p{background:url(a)}} @layer b{p{background:url(b)}}", "<p>", "a"},
		{"sublayers", "@layer a{p{background:url(x)} @layer b{p{background:url(y)}}} @layer a.b{p.c{background:url(z)}}", "<p class=c>", "x"},
		{"anonymous layers", "@layer{p{background:url(a)}} @layer{p{background:url(b)}}", "<p>", "b"},
		{"container", ".c{container-type:inline-size} @container (min-width:300px){p{background:url(a)}}", "<div class=c><p>", "a"},
		{"container with a width", ".c{container-type:inline-size;width:300px} @container (min-width:250px){p{background:url(a)}} @container (min-width:350px){p{background:url(b)}}", "<div class=c><p>", "a"},
		{"container in a width", ".c{container-type:inline-size} @container (max-width:450px){p{background:url(a)}}", "<div style=width:400px><div class=c><p></p></div></div>", "a"},
		{"container with a part of a width", ".c{container-type:inline-size;width:50%} @container (width:640px){p{background:url(a)}}", "<section><div class=c><p></p></div></section>", "a"},
		{"container with max-width", ".c{container-type:inline-size;max-width:20em} @container (width:320px){p{background:url(a)}}", "<div class=c><p>", "a"},
		{"containers come at layout", ".c{container-type:inline-size} p{background:url(a)} i{background:url(b)}@container(width>0px){p{list-style:url(c)}}", "<div class=c><p></p></div><i>", "b a c"},
		{"container by style", "@container style(--t:dark){p{background:url(a)}} @container style(--t){p{list-style:url(b)}} @container style(--t:light){p{cursor:url(c),auto}} div{--t: dark }", "<p></p><div><p></p></div>", "a b"},
		{"container by style and size", ".c{container-type:inline-size} @container style(--t:d) and (min-width:300px){p{background:url(a)}} @container (min-width:300px) and (not style(--t:d)){p{list-style:url(b)}} .d{--t:d}", "<div class='c d'><p></p></div><div class=d><p></p></div><div class=c><p></p></div>", "a b"},
		{"container not by style", "@container not style(--t:d){p{background:url(a)}} @container style(--u) or style(--t:d){p{list-style:url(b)}} .d{--t:d}", "<div><p></p></div><div class=d><p></p></div>", "a b"},
		{"container none there", "@container (min-width:300px){p{background:url(a)}}", "<div><p>", ""},
		{"container by name", ".c{container:n/size} @container n (width>9px){p{background:url(a)}} @container m (width>9px){p{background:url(b)}}", "<div class=c><p>", "a"},
		{"scope", "@scope (.c) to (.d){p{background:url(a)} :scope{list-style:url(b)}}", "<p></p><div class=c><div class=d><p></p></div><p></p></div>", "b a"},
		{"starting-style is the first style", "@starting-style{p{background:url(a)}}", "<p>", "a"},
		{"starting-style before the style", "p{background:url(b);@starting-style{background:url(a)}} @starting-style{p::before{content:'x';background:url(c)}}", "<p>", "a b"},
		{"starting-style loses", "@starting-style{p{background:url(a)}} p{background:url(b)}", "<p>", "b"},
		{"first and next frame", "@keyframes k{from{background:url(a)}50%{background:url(b)}to{background:url(c)}} p{animation:k 1s}", "<p>", "a b"},
		{"frame of an animation that is on its way", "@keyframes k{from{background:url(a)}50%{background:url(b)}to{background:url(c)}} p{animation:k 4s -2s}", "<p>", "b c"},
		{"last frame of an animation that is over", "@keyframes k{from{background:url(a)}to{background:url(b)}} p{animation:k 0s forwards}", "<p>", "b"},
		{"animation in no time", "@keyframes k{from{background:url(a)}to{background:url(b)}} p{animation:k 0s}", "<p>", ""},
		{"frame of an animation that waits", "@keyframes k{from{background:url(a)}to{background:url(b)}} p{animation:k 1s 500ms both}", "<p>", "a"},
		{"animation from what the rules say", "@keyframes k{to{background:url(b)}} p{background:url(a);animation:k 1s} i{animation:k 1s}", "<p></p><i>", "a b"},
		{"variables in keyframes", "@keyframes k{from{background:var(--v)}} p{--v:url(a);animation:k 1s}", "<p>", "a"},
		{"keyframes that nothing uses", "@keyframes k{from{background:url(a)}}", "<p>", ""},
		{"first frame", "p{animation:k 9s paused;background:url(u)} @keyframes k{from{background:url(a)}to{background:url(b)}}", "<p>", "u a"},
		{"first frame and the next", "p{animation:k 9s} i{background:url(i)} @keyframes k{0%{background:url(a);mask:none}50%{background:url(m);mask:url(n)}to{background:url(b)}}", "<p><i>", "a i m"},
		{"first frame in reverse", "p{animation:k 9s reverse paused} @keyframes k{from{background:url(a)}to{background:url(b)}}", "<p>", "b"},
		{"no first frame", "p{animation:k 9s} @keyframes k{50%{background:url(a)}}", "<p>", ""},
		{"animation that waits", "p{animation:k 1s 5s} i{animation:k 1s 5s both} @keyframes k{from{background:url(a)}}", "<p>", ""},
		{"animation that waits and fills", "i{animation:k 1s 5s both} @keyframes k{from{background:url(a)}}", "<i>", "a"},
		{"animation without a duration", "p{animation:k} i{animation-name:k} @keyframes k{from{background:url(a)}}", "<p><i>", ""},
		{"animation by longhands", "p{animation-name:k;animation-duration:1s} @keyframes k{from{background:url(a)}}", "<p>", "a"},
		{"animation of a pseudo-element", "p::before{content:'';animation:k 1s} @keyframes k{from{background:url(a)}}", "<p>", "a"},
		{"important beats animations", "p{background:none!important;animation:k 1s} @keyframes k{from{background:url(a)}}", "<p>", ""},
		{"animations in a list", "p{animation:none,'k' 1s} @-webkit-keyframes k{0%,20%{mask-image:url(a)}}", "<p>", "a"},
		{"last keyframes of a name", "p{animation:k 1s} @keyframes k{0%{background:url(a)}} @keyframes k{0%{list-style-image:url(b)}}", "<p>", "b"},
		{"keyframes unclosed", "p{animation:k 1s} @keyframes k{0%{color:red;x}bogus{}0%{background:url(a)", "<p>", "a"},
		// display
		{"display none", "p{display:none;background:url(a)}", "<p>", ""},
		{"display none above", "div{display:none} p{background:url(a)}", "<div><p>", ""},
		{"display by a weak rule", ".x{display:none} #y{display:block} p{background:url(a)}", "<p class=x id=y>", "a"},
		{"hidden attribute overridden", "p{display:block;background:url(a)}", "<p hidden>", "a"},
		{"hidden attribute", "p{background:url(a)}", "<p hidden>", ""},
		{"closed details", "p,summary{background:url(a)} summary{background:url(b)}", "<details><summary></summary><p></details>", "b"},
		{"open details", "p{background:url(a)}", "<details open><summary></summary><p></details>", "a"},
		{"dialog", "dialog{background:url(a)}", "<dialog></dialog>", ""},
		{"noscript", "noscript{display:block;background:url(a)}", "<noscript></noscript>", ""},
		{"content-visibility", "div{content-visibility:hidden;background:url(a)} p{background:url(b)}", "<div><p>", "a"},
		{"content-visibility by until-found", "div{background:url(a)} p,div::before{content:'';background:url(b)}", "<div hidden=until-found><p>", "a"},
		{"object without data", "object p{background:url(a)} p{background:url(b)}", "<object><p>x</p></object><p>", "b a"},
		{"object with data", "object p{background:url(a)}", "<object data=x><p>x</p></object><object type=image/png><p>x</p></object>", ""},
		{"canvas", "@font-face{font-family:F;src:url(f)} canvas *,canvas{font-family:F} canvas p{background:url(a)} canvas p::before{content:'x';background:url(b)}", "<canvas>x<p>x</p></canvas>", "a b"},
		{"video", "video p{background:url(a)}", "<video><p>x</p></video>", ""},
		{"hidden svg", "svg{display:none} rect{mask:url(a)}", "<svg><g><rect/></g></svg>", ""},
		{"hidden in svg", "@font-face{font-family:F;src:url(f)} text{font-family:F} g{display:none;mask:url(b)} rect{mask:url(a)}", "<svg><g><rect/><text>x</text></g></svg>", "a"},
		{"template", "p{background:url(a)}", "<template><p></template>", ""},
		{"script shown", "script{display:block;background:url(a)}", "<script></script>", "a"},
		// states of controls
		{"default button", ":default{background:url(a)}", "<form><button type=button></button><input type=text></form><button></button>", ""},
		{"default button is the first", "button:default{background:url(a)} .x:default{background:url(b)}", "<form><button type=reset></button><button></button><button class=x></button></form>", "a"},
		{"default button by its form attribute", ":default{background:url(a)}", "<form id=f></form><button form=f></button>", "a"},
		{"default button of no form", ":default{background:url(a)}", "<form id=f><button form=g></button></form><p id=g></p>", ""},
		{"default option and box", "option:default{background:url(a)} input:default{background:url(b)}", "<select><option selected></select><input type=checkbox checked>", "a b"},
		{"in range", ":in-range{background:url(a)} :out-of-range{background:url(b)}", "<input type=number value=3 min=1>", "a"},
		{"out of range", ":in-range{background:url(a)} :out-of-range{background:url(b)}", "<input type=number value=9 max=5>", "b"},
		{"date out of range", ":in-range{background:url(a)} :out-of-range{background:url(b)}", "<input type=date value=2020-01-01 min=2021-01-01>", "b"},
		{"empty is in range", ":in-range{background:url(a)} :out-of-range{background:url(b)}", "<input type=number min=1>", "a"},
		{"sliders are in range", ":in-range{background:url(a)} :out-of-range{background:url(b)}", "<input type=range value=999>", "a"},
		{"no range", ":in-range{background:url(a)} :out-of-range{background:url(b)}", "<input type=number value=9><input type=number max=3 value=5 disabled><input type=number max=3 readonly><p>", ""},
		{"out of range is invalid", ":invalid{background:url(a)}", "<input type=number max=3 value=5>", "a"},
		// markup
		{"background attribute", "", "<table background=' a '><tr><td background=b>", "a b"},
		{"background attribute of columns", "", "<table><colgroup background=a><col background=b></colgroup></table>", "a b"},
		{"background attribute overridden", "td{background:none}", "<table><tr><td background=b>", ""},
		{"style attribute", "", "<p style='background:url(a);;color:red;list-style:url(b'>", "a b"},
		{"style attribute loses to important", "p{background:url(a)!important}", "<p style='background:url(b)'>", "a"},
		{"style attribute with a brace", "", "<p style='} background:url(b);list-style:url(a)'>", "a"},
		{"order of pseudo-elements", "p::before{content:url(a)} p::after{content:url(c)} i{background:url(b)}", "<p><i>", "a b c"},
		{"marker", "li::marker{content:url(a)} p::marker{content:url(b)}", "<p></p><ul><li>", "a"},
		{"pseudo-elements of replaced elements", "img::before{content:url(a)} input::after{content:'x';background:url(b)} br::before{content:'';background:url(c)}", "<img><input><br>", "a b c"},
		{"they have no text", "@font-face{font-family:F;src:url(f)} img::before,select::after,video::before{font-family:F;content:'x'}", "<img><select></select><video></video>", ""},
		{"first letter late", "p::first-letter{background:url(b)} i{background:url(a)}", "<p>x</p><i></i>", "a b"},
		{"first line of no text", "p::first-line{background:url(b)}", "<p></p>", ""},
		{"placeholder", "::placeholder{background:url(a)}", "<input><input placeholder=x value=y>", ""},
		{"presentation attributes", "", "<svg><rect mask='url(a#x)' fill='url(b#x)' clip-path='url(c#x)' filter='url(d#x)' cursor='url(e),auto'/><path marker-end=url(g#x) stroke=red /></svg>", "a e b c d g"},
		{"presentation attributes lose", "rect{mask:none}", "<svg><rect mask='url(a#x)'/></svg>", ""},
		{"presentation display", "g{background:url(a)}", "<svg><g display=none></g></svg>", ""},
		{"presentation attributes of other elements", "", "<p mask='url(a#x)'>", ""},
		{"paint servers", "rect{fill:url(a#x) red;stroke:#fff} path{marker:url(b#x)}", "<svg><rect/><path/></svg>", "a b"},
		// fonts
		{"font order", "@font-face{font-family:F;src:url(f)} p{font-family:F;background:url(a)}", "<p>x", "a f"},
		{"font quoted and case", "@font-face{font-family:'My F';src:url(f)} p{font:1em/2 MY F,serif}", "<p>x", "f"},
		{"font behind a generic", "@font-face{font-family:F;src:url(f)} p{font-family:monospace,F}", "<p>x", ""},
		{"font behind an unknown", "@font-face{font-family:F;src:url(f)} p{font-family:Nope,F}", "<p>x", "f"},
		{"font inherited", "@font-face{font-family:F;src:url(f)} body{font-family:F}", "<div><p>x", "f"},
		{"font not in controls", "@font-face{font-family:F;src:url(f)} body{font-family:F;display:flex}", "<input value=x><button>y</button>", ""},
		{"font of an input value", "@font-face{font-family:F;src:url(f)} input{font:inherit;font-family:F}", "<input value=x>", "f"},
		{"font of code", "@font-face{font-family:F;src:url(f)} body{font-family:F;display:flex}", "<code>x</code>", ""},
		{"font of white space", "@font-face{font-family:F;src:url(f)} body{font-family:F}", "<p> \n </p>", ""},
		{"bold", "@font-face{font-family:F;src:url(f)} @font-face{font-family:F;font-weight:700;src:url(b)} body{font-family:F;display:flex}", "<b>x</b>", "b"},
		{"bold only there", "@font-face{font-family:F;font-weight:700;src:url(b)} body{font-family:F}", "<p>x", "b"},
		{"nearest weight", "@font-face{font-family:F;font-weight:300;src:url(l)} @font-face{font-family:F;font-weight:500;src:url(m)} body{font-family:F}", "<p>x", "m"},
		{"variable font", "@font-face{font-family:F;font-weight:100 900;src:url(v)} body{font-family:F}", "<p>x<b>y</b>", "v"},
		{"italic falls to normal", "@font-face{font-family:F;src:url(f)} body{font-family:F}", "<i>x</i>", "f"},
		{"later face wins", "@font-face{font-family:F;src:url(f)} @font-face{font-family:F;src:url(g)} body{font-family:F}", "<p>x", "g"},
		{"second src replaces", "@font-face{font-family:F;src:url(f.eot);src:url(f.eot?#iefix) format('embedded-opentype'),url(f.woff) format('woff')} body{font-family:F}", "<p>x", "f.woff"},
		{"unicode-range", "@font-face{font-family:F;src:url(f);unicode-range:U+0-7F} @font-face{font-family:F;src:url(g);unicode-range:U+370-3FF,U+1F??} body{font-family:F}", "<p>ab \u03b1", "g f"},
		{"unicode-range of content", "@font-face{font-family:F;src:url(f);unicode-range:U+E000-E0FF} i::before{font-family:F;content:'\\e001'}", "<i></i>", "f"},
		{"content attr", "@font-face{font-family:F;src:url(f);unicode-range:U+41} i::before{font-family:F;content:attr(title)}", "<i title=A></i>", "f"},
		{"data font", "@font-face{font-family:F;src:url(data:font/woff2;base64,AA),url(f)} body{font-family:F}", "<p>x", ""},
		{"face in media", "@media print{@font-face{font-family:F;src:url(f)}} body{font-family:F}", "<p>x", ""},
		{"face without family", "@font-face{src:url(f)} body{font-family:F}", "<p>x", ""},
		{"font shorthand resets", "@font-face{font-family:F;src:url(f)} p{font-family:F} p{font:12px serif}", "<p>x", ""},
		{"system font", "@font-face{font-family:F;src:url(f)} body{font-family:F} p{font:menu}", "<p>x", ""},
		{"font face attribute", "@font-face{font-family:F;src:url(f)}", "<font face=F>x</font>", "f"},
		{"quote of q", "@font-face{font-family:F;src:url(f);unicode-range:U+201C} body{font-family:F}", "<q></q>", "f"},
		{"font of a blank in a line", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=x>a<span class=f>   </span>b</p>", "f"},
		{"font of a blank between inline elements", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=f><b class=x>a</b> <b class=x>b</b></p>", "f"},
		{"no font of blanks between blocks", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<div class=f> <p class=x>a</p> <p class=x>b</p></div>", ""},
		{"no font of blanks between flex items", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<div class=f style=display:flex><b class=x>a</b> <b class=x>b</b></div>", ""},
		{"font of a line without text", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=f><img></p>", "f"},
		{"no font of empty flex items", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} .d{display:flex}", "<div class='x d'><i class=f></i></div>", ""},
		{"no font of a flex container of a class", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} .d{display:inline-flex}", "<div class=x><p class='f d'><b class=x>x</b> <b class=x>y</b></p></div>", ""},
		{"no font of what floats", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} .d{float:left}", "<div class=f><b class='x d'>x</b></div>", ""},
		{"no font of what is positioned", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} .d{position:absolute}", "<div class=f><b class='x d'>x</b></div><p class=x><i class='f d'></i></p>", ""},
		{"font of what is positioned relatively", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} .d{position:relative;float:none}", "<p class=x><i class='f d'></i></p>", "f"},
		{"font of a line with a control", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<div class=f><input type=checkbox></div>", "f"},
		{"font of an empty inline element", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=x>a<i class=f></i></p>", "f"},
		{"no font of an empty block", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=f></p><b class=f style=display:inline-block></b>", ""},
		{"font of a line with an inline-block", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=f><b class=x style=display:inline-block></b></p>", "f"},
		{"font of an empty ::after", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} .g::after{content:'';display:table}", "<div class='f g'></div>", "f"},
		{"font of a pre of blanks", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<pre class=f> </pre>", "f"},
		{"font of an empty textarea", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=x><textarea class=f></textarea></p>", "f"},
		{"font of an empty input", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=x><input class=f></p>", "f"},
		{"font of an empty select", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=x><select class=f></select></p>", "f"},
		{"font of the shown option", "@font-face{font-family:F;src:url(f);unicode-range:U+41} @font-face{font-family:G;src:url(g)} .x{font-family:serif} select{font-family:F} option{font-family:G}", "<p class=x><select><option>B<option selected>A</select></p>", "f"},
		{"font of a list of options", "@font-face{font-family:G;src:url(g)} .x{font-family:serif} option{font-family:G}", "<p class=x><select multiple><option>B</select></p>", "g"},
		{"no font of sliders", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=x><input class=f type=range><meter class=f></meter></p>", ""},
		{"font of a list marker", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<ul class=f><li></li></ul>", "f"},
		{"font of a display: list-item", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<p class=f style=display:list-item></p>", "f"},
		{"font of an image marker", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<ul class=f style='list-style:none url(data:,)'><li></li></ul>", "f"},
		{"font of ::marker", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} li::marker{font-family:F}", "<ul><li></li></ul>", "f"},
		{"no font without a marker", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<ul class=f style=list-style:none><li></li></ul><ul class=x style=list-style-type:none><li class=f></li></ul>", ""},
		{"marker of an inner list", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<ul class=x style=list-style:none><li><ul class=f><li></li></ul></li></ul>", "f"},
		{"marker shown by a weak rule", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} ul{list-style:none} ul.y{list-style:disc}", "<ul class='f y'><li></li></ul>", "f"},
		{"list-style: square none", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<ul class=f style='list-style:square none'><li></li></ul>", "f"},
		{"font of a presentation attribute", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F}", "<svg class=x><text font-family=F>t</text></svg>", "f"},
		{"font of a presentation attribute overridden", "@font-face{font-family:F;src:url(f)} .x{font-family:serif} .f{font-family:F} text{font-family:serif}", "<svg class=x><text font-family=F>t</text></svg>", ""},
		{"primary fonts of texts come first", "@font-face{font-family:A;src:url(a)} @font-face{font-family:B;src:url(b)} div{font-family:A} p{font-family:B} *{display:block}", "<div><img style=display:inline></div><p>x</p>", "b a"},
		{"a font that is on its way comes first", "@font-face{font-family:A;src:url(ext);unicode-range:U+100-200} @font-face{font-family:A;src:url(latin);unicode-range:U+0-FF} @font-face{font-family:B;src:url(b)} p{font-family:A} div{font-family:B}", "<p>z\u0107</p><div>x</div>", "latin b ext"},
		{"not in a video", "@font-face{font-family:F;src:url(f)} body{font-family:F;display:flex}", "<video>x</video>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fetched(t, tt.style, tt.body, Device{}); got != tt.want {
				t.Errorf("%s %s: fetches %q, want %q", tt.style, tt.body, got, tt.want)
			}
		})
	}
}

func TestCollectDevice(t *testing.T) {
	const style = "p{background:image-set(url(a) 1x,url(b) 2x);list-style:light-dark(url(l),url(d))} @media (min-width:600px){p{cursor:url(w),auto}}"
	for _, tt := range []struct {
		d    Device
		want string
	}{
		{Device{}, "a l w"},
		{Device{DPR: 2}, "b l w"},
		{Device{DPR: 1.3, Dark: true}, "b d w"},
		{Device{DPR: 3, Width: 320}, "b l"},
	} {
		if got := fetched(t, style, "<p>", tt.d); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.d, got, tt.want)
		}
	}
}

func TestCollectLocalFonts(t *testing.T) {
	_, table, _ := parsePage(t, "<p>x</p><b>y</b><i>z</i>")
	sheet := ParseSheet([]byte(`@font-face{font-family:F;src:local("Have It"),url(f)} @font-face{font-family:G;src:url(g),local(Arial)}
		p{font-family:F} b{font-family:Arial,G} i{font-family:G,F}`), baseURL)
	for _, tt := range []struct {
		local []string
		want  []string
	}{
		{nil, []string{"/css/f", "/css/g"}},
		{[]string{"have it", "ARIAL"}, []string{"/css/g"}},
	} {
		s := Styler{LocalFonts: tt.local}
		s.SetSources([]Source{{Sheet: sheet}})
		var got []string
		for _, f := range s.Collect(table, baseURL, Device{}) {
			got = append(got, f.URL.Path())
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("local %v: %v, want %v", tt.local, got, tt.want)
		}
	}
}

// TestCollectAgain: a table that has grown and another sheet give what is new too.
func TestCollectAgain(t *testing.T) {
	_, table, _ := parsePage(t, "<p>x")
	var s Styler
	s.SetSources([]Source{{Sheet: ParseSheet([]byte("p{background:url(a)}"), baseURL)}})
	if n := len(s.Collect(table, baseURL, Device{})); n != 1 {
		t.Fatalf("%d fetches", n)
	}
	table.Add(table.FirstChild(0), "i")
	s.SetSources([]Source{{Sheet: ParseSheet([]byte("p{background:url(a)} i{background:url(b)}"), baseURL)}})
	if n := len(s.Collect(table, baseURL, Device{})); n != 2 {
		t.Errorf("%d fetches, want 2", n)
	}
}

func TestLayersOfImports(t *testing.T) {
	_, table, _ := parsePage(t, "<p>x")
	main := ParseSheet([]byte(`@layer b; @import "1" layer(a); @import "2" layer(b); @import "3" layer; @import "4" supports(display:bogus);`), baseURL)
	sheet := func(name string) Source {
		return Source{Sheet: ParseSheet([]byte("p{background:url("+name+")}"), baseURL)}
	}
	for _, tt := range []struct {
		imported []Source
		want     string
	}{
		{[]Source{sheet("x"), sheet("y"), sheet("z"), sheet("n")}, "/css/z"}, // the anonymous layer is last
		{[]Source{sheet("x"), sheet("y")}, "/css/x"},                         // b was named before a
		{[]Source{{}, sheet("y")}, "/css/y"},
	} {
		var s Styler
		s.SetSources([]Source{{Sheet: main, Imported: tt.imported}})
		got := s.Collect(table, baseURL, Device{})
		if len(got) != 1 || got[0].URL.Path() != tt.want {
			t.Errorf("got %v, want %s", got, tt.want)
		}
	}
}

func TestImportsTooDeep(t *testing.T) {
	_, table, _ := parsePage(t, "<p>x")
	src := Source{Sheet: ParseSheet([]byte("@import 'a';p{background:url(a)}"), baseURL)}
	for range 2 * maxImportDepth {
		src = Source{Sheet: src.Sheet, Imported: []Source{src}}
	}
	var s Styler
	s.SetSources([]Source{src})
	for range 2 {
		if n := len(s.Collect(table, baseURL, Device{})); n != 1 {
			t.Errorf("%d fetches", n)
		}
		if p := s.Problems(); len(p) != 1 || p[0].Limit != "nested imports" {
			t.Errorf("problems = %v", p)
		}
	}
}

func TestCollectNoAttributes(t *testing.T) {
	_, table, _ := parsePage(t, "<p style='background:url(a)'>x<table background=b>")
	s := Styler{NoAttributes: true}
	if got := s.Collect(table, baseURL, Device{}); len(got) != 1 || got[0].URL.Path() != "/css/b" {
		t.Errorf("got %v", got)
	}
}
