package css

type featureKind uint8

const (
	featureLength featureKind = iota + 1
	featureRatio
	featureInteger
	featureNumber // not negative
	featureResolution
	featureBit // 0 or 1
	featureKeyword
)

// featureSpec describes a feature of Media Queries 4 and 5, or of Chromium.
type featureSpec struct {
	kind     featureKind
	keywords string // space separated, of featureKeyword
	num      func(*Device) float64
	word     func(*Device) string // its value as a keyword; "none" and "no-preference" are false in the boolean context
}

func constant(v float64) func(*Device) float64 { return func(*Device) float64 { return v } }
func word(s string) func(*Device) string       { return func(*Device) string { return s } }
func keyword(words, value string) *featureSpec {
	return &featureSpec{kind: featureKeyword, keywords: words, word: word(value)}
}
func ranged(k featureKind, f func(*Device) float64) *featureSpec {
	return &featureSpec{kind: k, num: f}
}

func pick(b bool, yes, no string) string {
	if b {
		return yes
	}
	return no
}

// featureSpecs maps the names without min- and max-. Values that no field of
// Device tells are those of headless Chromium on Linux.
var featureSpecs = map[string]*featureSpec{
	"width":               ranged(featureLength, func(d *Device) float64 { return d.width() }),
	"height":              ranged(featureLength, func(d *Device) float64 { return d.height() }),
	"device-width":        ranged(featureLength, func(d *Device) float64 { return d.screenWidth() }),
	"device-height":       ranged(featureLength, func(d *Device) float64 { return d.screenHeight() }),
	"aspect-ratio":        ranged(featureRatio, func(d *Device) float64 { return d.width() / d.height() }),
	"device-aspect-ratio": ranged(featureRatio, func(d *Device) float64 { return d.screenWidth() / d.screenHeight() }),
	"color":               ranged(featureInteger, func(d *Device) float64 { return float64(d.ColorBits) }),
	"inline-size":         ranged(featureLength, func(d *Device) float64 { return d.width() }), // of @container
	"block-size":          ranged(featureLength, func(d *Device) float64 { return d.height() }),
	"color-index":         ranged(featureInteger, constant(0)),
	"monochrome": ranged(featureInteger, func(d *Device) float64 {
		if d.ColorBits == 0 {
			return 1
		}
		return 0
	}),
	"resolution":                   ranged(featureResolution, func(d *Device) float64 { return d.DPR }),
	"-webkit-device-pixel-ratio":   ranged(featureNumber, func(d *Device) float64 { return d.DPR }),
	"horizontal-viewport-segments": ranged(featureInteger, constant(1)),
	"vertical-viewport-segments":   ranged(featureInteger, constant(1)),

	"grid":                 {kind: featureBit, num: constant(0)},
	"-webkit-transform-3d": {kind: featureBit, num: constant(1)},

	"orientation": {kind: featureKeyword, keywords: "portrait landscape", word: func(d *Device) string {
		return pick(d.height() >= d.width(), "portrait", "landscape")
	}},
	"hover":       {kind: featureKeyword, keywords: "none hover", word: func(d *Device) string { return pick(d.Mouse, "hover", "none") }},
	"any-hover":   {kind: featureKeyword, keywords: "none hover", word: func(d *Device) string { return pick(d.Mouse, "hover", "none") }},
	"pointer":     {kind: featureKeyword, keywords: "none coarse fine", word: pointer},
	"any-pointer": {kind: featureKeyword, keywords: "none coarse fine", word: pointer},
	"prefers-color-scheme": {kind: featureKeyword, keywords: "light dark", word: func(d *Device) string {
		return pick(d.Dark, "dark", "light")
	}},
	"prefers-reduced-motion": {kind: featureKeyword, keywords: "no-preference reduce", word: func(d *Device) string {
		return pick(d.ReducedMotion, "reduce", "no-preference")
	}},
	"scripting": {kind: featureKeyword, keywords: "none initial-only enabled", word: func(d *Device) string {
		return pick(d.NoScript, "none", "enabled")
	}},
	"update":                       {kind: featureKeyword, keywords: "none slow fast", word: func(d *Device) string { return pick(d.Print, "none", "fast") }},
	"overflow-block":               {kind: featureKeyword, keywords: "none scroll optional-paged paged", word: func(d *Device) string { return pick(d.Print, "paged", "scroll") }},
	"overflow-inline":              {kind: featureKeyword, keywords: "none scroll", word: func(d *Device) string { return pick(d.Print, "none", "scroll") }},
	"scan":                         keyword("interlace progressive", "none"),
	"display-mode":                 keyword("fullscreen standalone minimal-ui browser picture-in-picture window-controls-overlay", "browser"),
	"prefers-contrast":             keyword("no-preference more less custom", "no-preference"),
	"prefers-reduced-transparency": keyword("no-preference reduce", "no-preference"),
	"prefers-reduced-data":         keyword("no-preference reduce", "no-preference"),
	"forced-colors":                keyword("none active", "none"),
	"color-gamut":                  keyword("srgb p3 rec2020", "srgb"),
	"dynamic-range":                keyword("standard high", "standard"),
	"device-posture":               keyword("continuous folded", "continuous"),
}

func pointer(d *Device) string {
	return pick(d.Mouse, "fine", pick(d.Touch, "coarse", "none"))
}
