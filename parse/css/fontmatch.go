package css

import (
	"math"
	"slices"
)

// activeFace is a face of the document, ready to be chosen.
type activeFace struct {
	*faceRule
	sheet *sheetUse
	local bool      // the first usable source needs no request
	out   *FontFace // its request once made
	asked bool      // it is requested
}

// fontWish is what a text asks for.
type fontWish struct{ weight, slope, stretch float64 }

// matchFaces returns the faces of a family that fit best (CSS Fonts 4, section
// 5.2): one, or several with the same descriptors and different characters. The
// last rule comes first, for it wins where ranges overlap.
func matchFaces(family []*activeFace, w fontWish) []*activeFace {
	best := narrow(family, func(f *activeFace) float64 { return stretchDistance(f.stretch, w.stretch) })
	best = narrow(best, func(f *activeFace) float64 { return slopeDistance(f.slope, w.slope) })
	best = narrow(best, func(f *activeFace) float64 { return weightDistance(f.weight, w.weight) })
	best = slices.Clone(best)
	slices.Reverse(best)
	return best
}

// narrow keeps those with the smallest distance.
func narrow(list []*activeFace, distance func(*activeFace) float64) []*activeFace {
	var best []*activeFace
	least := math.Inf(1)
	for _, f := range list {
		switch d := distance(f); {
		case d < least:
			least = d
			best = append(best[:0:0], f)
		case d == least:
			best = append(best, f)
		}
	}
	return best
}

const farAway = 1e6 // added where the search goes in the other direction

func stretchDistance(have [2]float64, want float64) float64 {
	switch {
	case have[0] <= want && want <= have[1]:
		return 0
	case want <= 100: // narrower first
		if have[1] < want {
			return want - have[1]
		}
		return farAway + have[0] - want
	case have[0] > want:
		return have[0] - want
	}
	return farAway + want - have[1]
}

func slopeDistance(have [2]float64, want float64) float64 {
	italic := have[0] == slopeItalic
	switch {
	case want == slopeItalic:
		switch {
		case italic:
			return 0
		case have[1] > 0: // oblique next, 14 degrees and more first
			return 1 + math.Abs(have[1]-obliqueAngle)
		}
		return farAway + math.Abs(have[0])
	case want == 0:
		switch {
		case !italic && have[0] <= 0 && 0 <= have[1]:
			return 0
		case !italic:
			return 1 + math.Abs(have[0])
		}
		return farAway
	default:
		switch {
		case !italic && have[0] <= want && want <= have[1]:
			return 0
		case !italic && (have[1] > 0) == (want > 0) && have[1] != 0:
			return 1 + math.Min(math.Abs(have[0]-want), math.Abs(have[1]-want))
		case italic:
			return farAway
		}
		return 2 * farAway
	}
}

func weightDistance(have [2]float64, want float64) float64 {
	lo, hi := have[0], have[1]
	switch {
	case lo <= want && want <= hi:
		return 0
	case want >= 400 && want <= 500:
		switch {
		case lo > want && lo <= 500:
			return lo - want
		case hi < want:
			return 1000 + want - hi
		}
		return farAway + lo
	case want < 400: // lighter first
		if hi < want {
			return want - hi
		}
		return farAway + lo - want
	case lo > want: // bolder first
		return lo - want
	}
	return farAway + want - hi
}

// relativeWeight computes bolder and lighter (CSS Fonts 4, section 2.2.1).
func relativeWeight(parent, w float64) float64 {
	switch w {
	case weightBolder:
		switch {
		case parent < 350:
			return 400
		case parent < 550:
			return 700
		}
		return max(parent, 900)
	case weightLighter:
		switch {
		case parent < 100:
			return parent
		case parent < 550:
			return 100
		case parent < 750:
			return 400
		}
		return 700
	}
	return w
}
