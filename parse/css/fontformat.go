package css

// supportedFontFormat reports whether a format() of @font-face names one that
// Chromium reads. name must be lower case.
func supportedFontFormat(name string) bool {
	switch name {
	case "woff2", "woff", "truetype", "opentype", "collection",
		"woff2-variations", "woff-variations", "truetype-variations", "opentype-variations":
		return true
	}
	return false
}

// supportedFontTech is the same for tech().
func supportedFontTech(name string) bool {
	switch name {
	case "features-opentype", "features-aat", "color-colrv0", "color-colrv1", "color-svg", "color-sbix", "color-cbdt", "variations", "palettes", "incremental":
		return name != "incremental" && name != "color-svg"
	}
	return false
}
