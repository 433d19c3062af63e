package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// profile is what text looks like that is in an encoding.
type profile struct {
	name      string // of the encoding
	width     int    // bytes of a character
	low, high rune   // the script; 0: Latin, whose other letters are ASCII
	common    string // the most frequent characters, in lower case
}

const (
	cyrillic = "оеаинтсрвлкмдпу"
	central  = "ąćęłńóśźżáčéěířšůýžőűöü"
	greek    = "αοιετσνηυρπκ"
	han      = "的一是不了在人有我他这个中们来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实日新网页公司产品首关闻业务电信服联系息国际科技工全文登录搜索京海"
	hanOld   = "的一是不了在人有我他這個中們來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心本前開但因只從想實日新網頁公司產品首關聞業務電信服聯絡息國際科技工全文登錄搜尋臺灣灣北"
	kana     = "のにはをたがでとしてれさいるなこあもかくすりうっんまらだきつよけどせちそろみ・ーンスルトイラリアクシドフレタロ日本語人年月会社大中国新一"
	hangul   = "이다는의에을를가은하고사지로한도어기나리서아자정대시인해그스일라보제수있들원부전상과만여주게비요니습페유국무우장동구성안적관합오신선경트용"
)

// profiles are the encodings that are guessed, the one that Chromium has by
// default first: on a tie the earlier wins.
func profiles() []profile {
	return []profile{
		{"windows-1252", 1, 0, 0, "éèàçêâîôûëïùüöäßñóáíúãõåøæìò¿¡"},
		{"windows-1251", 1, 0x400, 0x45F, cyrillic},
		{"koi8-r", 1, 0x400, 0x45F, cyrillic},
		{"iso-8859-5", 1, 0x400, 0x45F, cyrillic},
		{"shift_jis", 2, 0x3040, 0x9FFF, kana},
		{"euc-jp", 2, 0x3040, 0x9FFF, kana},
		{"gbk", 2, 0x4E00, 0x9FFF, han},
		{"big5", 2, 0x4E00, 0x9FFF, hanOld},
		{"euc-kr", 2, 0xAC00, 0xD7A3, hangul},
		{"iso-8859-7", 1, 0x370, 0x3FF, greek},
		{"windows-1255", 1, 0x590, 0x5FF, "יוהלאתרמשבנד"},
		{"windows-1256", 1, 0x600, 0x6FF, "اليمنوترةبدعأسف"},
		{"windows-874", 1, 0xE00, 0xE7F, "านรอกเงมยลวดทส่้าีิั"},
		{"windows-1250", 1, 0, 0, central},
		{"iso-8859-2", 1, 0, 0, central},
		{"windows-1254", 1, 0, 0, "çğıöşü"},
	}
}

// guess guesses in which encoding a document is that declares none: one of the
// older encodings that Chromium guesses most. UTF-8 is never guessed, as in
// Chromium, so that nobody relies on it. The rule is this package's own, by how
// frequent the characters are that the bytes would be.
func guess(b []byte) string {
	b = b[:min(len(b), maxGuess)]
	sample := sampleOf(b)
	best, most := "windows-1252", 0
	if mostlyUTF8(sample) {
		return best
	}
	for i, p := range profiles() {
		_, enc := lookupEncoding(p.name)
		s, err := enc.NewDecoder().Bytes(sample)
		if err != nil {
			continue
		}
		switch points := p.points(string(s)); {
		case i == 0:
			most = max(points, 0) + margin
		case points > most:
			best, most = p.name, points
		}
	}
	return best
}

// margin is by how much a guess must be better than the default.
const margin = 8

// mostlyUTF8 reports whether what is not ASCII is UTF-8, but for a few errors.
func mostlyUTF8(b []byte) bool {
	valid, invalid := 0, 0
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			invalid++
		case size > 1:
			valid++
		}
		i += size
	}
	return valid > 4*invalid
}

// maxSample is how much text is looked at.
const maxSample = 1 << 10

// sampleOf collects what is not ASCII in b with the two bytes before and after
// it, which may be letters beside it or belong to it.
func sampleOf(b []byte) []byte {
	sample := make([]byte, 0, min(len(b), maxSample)+8)
	end := 0 // in b, of what is in the sample
	for i, c := range b {
		if c < utf8.RuneSelf {
			if i < end {
				sample = append(sample, c)
			}
			continue
		}
		if from := max(i-2, end); i >= end {
			if from > end {
				sample = append(sample, ' ')
			}
			sample = append(sample, b[from:i]...)
		}
		sample = append(sample, c)
		if end = i + 3; len(sample) >= maxSample {
			break
		}
	}
	return sample
}

// points says how much a text looks like the profile.
func (p *profile) points(s string) int {
	s = strings.TrimRight(s, "\uFFFD") // a character that is cut
	points := 0
	var before, second rune // the two characters before
	for i, r := range s {
		if r >= utf8.RuneSelf {
			next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			points += p.pointsOf(r, before, second, next)
		}
		second, before = before, r
	}
	return points
}

// pointsOf says how much more likely a character is in text of the profile
// than by chance, in about half bits.
func (p *profile) pointsOf(r, before, second, next rune) int {
	lower := unicode.ToLower(r)
	latin := p.low == 0
	common := strings.ContainsRune(p.common, lower)
	beside := asciiLetter(before) || asciiLetter(next)
	switch {
	case r == utf8.RuneError, r <= 0x9F, 0xE000 <= r && r <= 0xF8FF: // no character
		return -20
	case common, !latin && p.low <= r && r <= p.high, latin && unicode.IsLetter(r):
	case asciiLetter(before) && asciiLetter(next) && r != '’' && r != '·' && r != 0xA0:
		return -6
	case unicode.IsPunct(r), r == 0xA0, r == '©', r == '®', r == '°', r == '€', 0x3000 <= r && r < 0x3040:
		return 0
	default:
		return -4
	}
	switch {
	case p.width == 2:
		if common {
			return 11
		}
		return 0
	case !latin && beside, latin && before >= utf8.RuneSelf && second >= utf8.RuneSelf:
		return -6
	case lower != r && unicode.IsLower(before):
		return -4
	case lower != r && unicode.IsLetter(before),
		latin && !beside, // a word by itself, which says little
		!latin && before < utf8.RuneSelf && next < utf8.RuneSelf:
		return 0
	case common:
		return 6
	}
	return -1
}

func asciiLetter(r rune) bool { return r < utf8.RuneSelf && classes[r&0x7F]&classAlpha != 0 }
