package css

// supportedKeywords lists all identifiers of the values of properties whose
// values pages ask @supports about.
var supportedKeywords = map[string]string{
	"display": "none contents block inline flow flow-root table flex grid ruby list-item math " +
		"inline-block inline-table inline-flex inline-grid table-row-group table-header-group table-footer-group table-row table-cell " +
		"table-column-group table-column table-caption ruby-text -webkit-box -webkit-inline-box -webkit-flex -webkit-inline-flex grid-lanes inline-grid-lanes",
	"position":            "static relative absolute fixed sticky -webkit-sticky",
	"overflow":            "visible hidden clip scroll auto overlay",
	"overflow-x":          "visible hidden clip scroll auto overlay",
	"overflow-y":          "visible hidden clip scroll auto overlay",
	"object-fit":          "fill contain cover none scale-down",
	"scroll-behavior":     "auto smooth",
	"scroll-snap-type":    "none x y block inline both mandatory proximity",
	"content-visibility":  "visible auto hidden",
	"visibility":          "visible hidden collapse",
	"float":               "none left right inline-start inline-end",
	"text-wrap":           "wrap nowrap balance pretty stable auto",
	"isolation":           "auto isolate",
	"mix-blend-mode":      "normal multiply screen overlay darken lighten color-dodge color-burn hard-light soft-light difference exclusion hue saturation color luminosity plus-lighter",
	"overscroll-behavior": "auto contain none",
	"touch-action":        "auto none pan-x pan-y pan-left pan-right pan-up pan-down pinch-zoom manipulation",
	"font-display":        "",
	"-webkit-box-orient":  "horizontal vertical inline-axis block-axis",
	"text-align":          "start end left right center justify match-parent -webkit-left -webkit-right -webkit-center",
	"box-sizing":          "border-box content-box",
}

const knownUnits = "deg grad rad turn s ms hz khz dpi dpcm dppx x fr cqw cqh cqi cqb cqmin cqmax"

const knownFunctions = "calc min max clamp abs sign round mod rem sin cos tan asin acos atan atan2 pow sqrt hypot log exp calc-size -webkit-calc " +
	"url attr counter counters rgb rgba hsl hsla hwb lab lch oklab oklch color color-mix light-dark if " +
	"linear-gradient radial-gradient conic-gradient repeating-linear-gradient repeating-radial-gradient repeating-conic-gradient " +
	"-webkit-linear-gradient -webkit-radial-gradient -webkit-repeating-linear-gradient -webkit-repeating-radial-gradient -webkit-gradient " +
	"image-set -webkit-image-set -webkit-cross-fade paint inset circle ellipse polygon path rect xywh shape ray " +
	"blur brightness contrast drop-shadow grayscale hue-rotate invert opacity saturate sepia " +
	"matrix matrix3d perspective rotate rotate3d rotatex rotatey rotatez scale scale3d scalex scaley scalez skew skewx skewy " +
	"translate translate3d translatex translatey translatez cubic-bezier steps linear minmax repeat fit-content " +
	"anchor anchor-size scroll view element-shape symbols format tech local superellipse sibling-index sibling-count progress random"

const colorKeywords = "currentcolor transparent aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown burlywood " +
	"cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta " +
	"darkolivegreen darkorange darkorchid darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet deeppink deepskyblue " +
	"dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred " +
	"indigo ivory khaki lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow lightgray lightgreen lightgrey lightpink " +
	"lightsalmon lightseagreen lightskyblue lightslategray lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine mediumblue " +
	"mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite " +
	"navy oldlace olive olivedrab orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru pink plum powderblue purple " +
	"rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen " +
	"steelblue tan teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen " +
	"accentcolor accentcolortext activetext buttonborder buttonface buttontext canvas canvastext field fieldtext graytext highlight highlighttext linktext mark marktext " +
	"selecteditem selecteditemtext visitedtext activeborder activecaption appworkspace background buttonhighlight buttonshadow captiontext inactiveborder inactivecaption " +
	"inactivecaptiontext infobackground infotext menu menutext scrollbar threeddarkshadow threedface threedhighlight threedlightshadow threedshadow window windowframe windowtext " +
	"-webkit-focus-ring-color -webkit-link -webkit-text"

// knownProperties are those of Chromium 156, with its prefixed aliases.
const knownProperties = "accent-color align-content align-items align-self all alignment-baseline anchor-name anchor-scope animation animation-composition animation-delay " +
	"animation-direction animation-duration animation-fill-mode animation-iteration-count animation-name animation-play-state animation-range animation-range-end " +
	"animation-range-start animation-timeline animation-timing-function app-region appearance aspect-ratio backdrop-filter backface-visibility background " +
	"background-attachment background-blend-mode background-clip background-color background-image background-origin background-position background-position-x " +
	"background-position-y background-repeat background-size baseline-shift baseline-source block-size border border-block border-block-color border-block-end " +
	"border-block-end-color border-block-end-style border-block-end-width border-block-start border-block-start-color border-block-start-style border-block-start-width " +
	"border-block-style border-block-width border-bottom border-bottom-color border-bottom-left-radius border-bottom-right-radius border-bottom-style border-bottom-width " +
	"border-collapse border-color border-end-end-radius border-end-start-radius border-image border-image-outset border-image-repeat border-image-slice border-image-source " +
	"border-image-width border-inline border-inline-color border-inline-end border-inline-end-color border-inline-end-style border-inline-end-width border-inline-start " +
	"border-inline-start-color border-inline-start-style border-inline-start-width border-inline-style border-inline-width border-left border-left-color border-left-style " +
	"border-left-width border-radius border-right border-right-color border-right-style border-right-width border-spacing border-start-end-radius border-start-start-radius " +
	"border-style border-top border-top-color border-top-left-radius border-top-right-radius border-top-style border-top-width border-width bottom box-decoration-break " +
	"box-shadow box-sizing break-after break-before break-inside buffered-rendering caption-side caret-animation caret-color caret-shape clear clip clip-path clip-rule color " +
	"color-interpolation color-interpolation-filters color-rendering color-scheme column-count column-fill column-gap column-height column-rule column-rule-color " +
	"column-rule-style column-rule-width column-span column-width column-wrap columns contain contain-intrinsic-block-size contain-intrinsic-height " +
	"contain-intrinsic-inline-size contain-intrinsic-size contain-intrinsic-width container container-name container-type content content-visibility corner-shape " +
	"counter-increment counter-reset counter-set cursor cx cy d direction display dominant-baseline dynamic-range-limit empty-cells field-sizing fill fill-opacity fill-rule " +
	"filter flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap float flood-color flood-opacity font font-family font-feature-settings font-kerning " +
	"font-language-override font-optical-sizing font-palette font-size font-size-adjust font-stretch font-style font-synthesis font-synthesis-small-caps font-synthesis-style " +
	"font-synthesis-weight font-variant font-variant-alternates font-variant-caps font-variant-east-asian font-variant-emoji font-variant-ligatures font-variant-numeric " +
	"font-variant-position font-variation-settings font-weight font-width forced-color-adjust gap grid grid-area grid-auto-columns grid-auto-flow grid-auto-rows grid-column " +
	"grid-column-end grid-column-gap grid-column-start grid-gap grid-row grid-row-end grid-row-gap grid-row-start grid-template grid-template-areas grid-template-columns " +
	"grid-template-rows height hyphenate-character hyphenate-limit-chars hyphens image-orientation image-rendering initial-letter inline-size inset inset-block " +
	"inset-block-end inset-block-start inset-inline inset-inline-end inset-inline-start interactivity interest-delay interpolate-size isolation justify-content justify-items " +
	"justify-self left letter-spacing lighting-color line-break line-clamp line-height list-style list-style-image list-style-position list-style-type margin margin-block " +
	"margin-block-end margin-block-start margin-bottom margin-inline margin-inline-end margin-inline-start margin-left margin-right margin-top marker marker-end marker-mid " +
	"marker-start mask mask-clip mask-composite mask-image mask-mode mask-origin mask-position mask-repeat mask-size mask-type math-depth math-shift math-style " +
	"max-block-size max-height max-inline-size max-width min-block-size min-height min-inline-size min-width mix-blend-mode object-fit object-position object-view-box offset " +
	"offset-anchor offset-distance offset-path offset-position offset-rotate opacity order orphans outline outline-color outline-offset outline-style outline-width overflow " +
	"overflow-anchor overflow-block overflow-clip-margin overflow-inline overflow-wrap overflow-x overflow-y overlay overscroll-behavior overscroll-behavior-block " +
	"overscroll-behavior-inline overscroll-behavior-x overscroll-behavior-y padding padding-block padding-block-end padding-block-start padding-bottom padding-inline " +
	"padding-inline-end padding-inline-start padding-left padding-right padding-top page page-break-after page-break-before page-break-inside page-orientation paint-order " +
	"perspective perspective-origin place-content place-items place-self pointer-events position position-anchor position-area position-try position-try-fallbacks " +
	"position-try-order position-visibility print-color-adjust quotes r reading-flow reading-order resize right rotate row-gap row-rule ruby-align ruby-position rx ry scale " +
	"scroll-behavior scroll-initial-target scroll-margin scroll-margin-block scroll-margin-block-end scroll-margin-block-start scroll-margin-bottom scroll-margin-inline " +
	"scroll-margin-inline-end scroll-margin-inline-start scroll-margin-left scroll-margin-right scroll-margin-top scroll-marker-group scroll-padding scroll-padding-block " +
	"scroll-padding-block-end scroll-padding-block-start scroll-padding-bottom scroll-padding-inline scroll-padding-inline-end scroll-padding-inline-start " +
	"scroll-padding-left scroll-padding-right scroll-padding-top scroll-snap-align scroll-snap-stop scroll-snap-type scroll-target-group scroll-timeline " +
	"scroll-timeline-axis scroll-timeline-name scrollbar-color scrollbar-gutter scrollbar-width shape-image-threshold shape-margin shape-outside shape-rendering size speak " +
	"stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity stroke-width tab-size table-layout " +
	"text-align text-align-last text-anchor text-autospace text-box text-box-edge text-box-trim text-combine-upright text-decoration text-decoration-color " +
	"text-decoration-line text-decoration-skip-ink text-decoration-style text-decoration-thickness text-emphasis text-emphasis-color text-emphasis-position " +
	"text-emphasis-style text-indent text-justify text-orientation text-overflow text-rendering text-shadow text-size-adjust text-spacing-trim text-transform " +
	"text-underline-offset text-underline-position text-wrap text-wrap-mode text-wrap-style timeline-scope top touch-action transform transform-box transform-origin " +
	"transform-style transition transition-behavior transition-delay transition-duration transition-property transition-timing-function translate unicode-bidi user-select " +
	"vector-effect vertical-align view-timeline view-timeline-axis view-timeline-inset view-timeline-name view-transition-class view-transition-group view-transition-name " +
	"visibility white-space white-space-collapse widows width will-change word-break word-spacing word-wrap writing-mode x y z-index zoom " +
	"-epub-caption-side -epub-text-combine -epub-text-emphasis -epub-text-orientation -epub-text-transform -epub-word-break -epub-writing-mode " +
	"-webkit-align-content -webkit-align-items -webkit-align-self -webkit-animation -webkit-animation-delay -webkit-animation-direction -webkit-animation-duration " +
	"-webkit-animation-fill-mode -webkit-animation-iteration-count -webkit-animation-name -webkit-animation-play-state -webkit-animation-timing-function -webkit-app-region " +
	"-webkit-appearance -webkit-backface-visibility -webkit-background-clip -webkit-background-origin -webkit-background-size -webkit-border-after -webkit-border-before " +
	"-webkit-border-bottom-left-radius -webkit-border-bottom-right-radius -webkit-border-end -webkit-border-horizontal-spacing -webkit-border-image -webkit-border-radius " +
	"-webkit-border-start -webkit-border-top-left-radius -webkit-border-top-right-radius -webkit-border-vertical-spacing -webkit-box-align -webkit-box-decoration-break " +
	"-webkit-box-direction -webkit-box-flex -webkit-box-ordinal-group -webkit-box-orient -webkit-box-pack -webkit-box-reflect -webkit-box-shadow -webkit-box-sizing " +
	"-webkit-clip-path -webkit-column-break-after -webkit-column-break-before -webkit-column-break-inside -webkit-column-count -webkit-column-gap -webkit-column-rule " +
	"-webkit-column-span -webkit-column-width -webkit-columns -webkit-filter -webkit-flex -webkit-flex-basis -webkit-flex-direction -webkit-flex-flow -webkit-flex-grow " +
	"-webkit-flex-shrink -webkit-flex-wrap -webkit-font-feature-settings -webkit-font-smoothing -webkit-hyphenate-character -webkit-justify-content -webkit-line-break " +
	"-webkit-line-clamp -webkit-locale -webkit-logical-height -webkit-logical-width -webkit-margin-after -webkit-margin-before -webkit-margin-end -webkit-margin-start " +
	"-webkit-mask -webkit-mask-box-image -webkit-mask-box-image-outset -webkit-mask-box-image-repeat -webkit-mask-box-image-slice -webkit-mask-box-image-source " +
	"-webkit-mask-box-image-width -webkit-mask-clip -webkit-mask-composite -webkit-mask-image -webkit-mask-origin -webkit-mask-position -webkit-mask-position-x " +
	"-webkit-mask-position-y -webkit-mask-repeat -webkit-mask-size -webkit-opacity -webkit-order -webkit-perspective -webkit-perspective-origin " +
	"-webkit-print-color-adjust -webkit-rtl-ordering -webkit-ruby-position -webkit-shape-image-threshold -webkit-shape-margin -webkit-shape-outside " +
	"-webkit-tap-highlight-color -webkit-text-combine -webkit-text-decorations-in-effect -webkit-text-emphasis -webkit-text-emphasis-color -webkit-text-emphasis-position " +
	"-webkit-text-fill-color -webkit-text-orientation -webkit-text-security -webkit-text-size-adjust -webkit-text-stroke -webkit-text-stroke-color -webkit-text-stroke-width " +
	"-webkit-transform -webkit-transform-origin -webkit-transform-style -webkit-transition -webkit-transition-delay -webkit-transition-duration -webkit-transition-property " +
	"-webkit-transition-timing-function -webkit-user-drag -webkit-user-modify -webkit-user-select -webkit-writing-mode"

func knownAtRule(name string) bool {
	return hasWord("charset import namespace media supports font-face layer container scope page keyframes -webkit-keyframes property counter-style font-feature-values "+
		"font-palette-values starting-style view-transition position-try function", name)
}
