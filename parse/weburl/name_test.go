package weburl

import (
	"strings"
	"testing"
	"unicode"
)

// nameExceptions are characters that a row of the IDNA tests has and that are newer than the tables of
// golang.org/x/net/idna before Go 1.27 (Unicode 15).
const nameExceptions = "\U00032931\U00032B9A"

func TestNames(t *testing.T) {
	type nameCase struct {
		Input  string
		Output *string
	}
	for _, file := range []string{"toascii.json", "IdnaTestV2.jsonl"} {
		for _, c := range readCases[nameCase](t, file) {
			if strings.ContainsAny(c.Input, nameExceptions) && unicode.Version < "17" {
				continue
			}
			got, err := ParseHost(c.Input)
			switch {
			case c.Output == nil || *c.Output == "":
				if err == nil {
					t.Errorf("%s: ParseHost(%q) = %q, want an error", file, c.Input, got)
				}
			case err != nil || got != *c.Output:
				t.Errorf("%s: ParseHost(%q) = %q, %v, want %q", file, c.Input, got, err, *c.Output)
			}
		}
	}
}

// TestUnicode16KeepsNewTables checks that the characters mapped by hand are mapped to what the tables leave alone.
func TestUnicode16KeepsNewTables(t *testing.T) {
	for r := rune(0x80); r <= unicode.MaxRune; r++ {
		to := unicode16(r)
		if to == r || to < 0 {
			continue
		}
		name, err := names.ToUnicode("a" + string(to))
		if want := "a" + string(to); err != nil || name != want {
			t.Errorf("unicode16(%U) = %U: ToUnicode = %q, %v, want %q", r, to, name, err, want)
		}
	}
}

func TestLongNamesAreRefused(t *testing.T) {
	long := strings.Repeat("ä", maxMappedName)
	if _, err := ParseHost(long); err == nil || !strings.Contains(err.Error(), "more than 1024 bytes") {
		t.Errorf("ParseHost(ä, %d times) = %v, want an error that names the limit", maxMappedName, err)
	}
	if _, err := ParseHost(strings.Repeat("ä", 100)); err != nil {
		t.Errorf("ParseHost(ä, 100 times) = %v, want a host", err)
	}
}
