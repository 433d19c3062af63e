package policy

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"strings"
	"testing"
)

func sri(name, body string) string {
	var sum []byte
	switch name {
	case "sha256":
		s := sha256.Sum256([]byte(body))
		sum = s[:]
	case "sha384":
		s := sha512.Sum384([]byte(body))
		sum = s[:]
	case "sha512":
		s := sha512.Sum512([]byte(body))
		sum = s[:]
	}
	return name + "-" + base64.StdEncoding.EncodeToString(sum)
}

func TestIntegrity(t *testing.T) {
	const body = "alert('Hello, world.');"
	right256, right384, right512 := sri("sha256", body), sri("sha384", body), sri("sha512", body)
	wrong256, wrong384, wrong512 := sri("sha256", "x"), sri("sha384", "x"), sri("sha512", "x")
	sum := sha512.Sum512([]byte(body))
	url := "sha512-" + base64.RawURLEncoding.EncodeToString(sum[:])
	for _, tt := range []struct {
		name, attribute string
		want, empty     bool
	}{
		{"none", "", true, true},
		{"white space", " \t\n", true, true},
		{"the standard's example", "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO", true, false},
		{"sha256", right256, true, false},
		{"sha384", right384, true, false},
		{"sha512", right512, true, false},
		{"wrong", wrong256, false, false},
		{"unknown algorithm", "sha1-AAAA md5-AAAA foo", true, true},
		{"unknown beside wrong", "sha1-AAAA " + wrong256, false, false},
		{"one of two", wrong256 + " " + right256, true, false},
		{"only the strongest counts, right", wrong256 + " " + right384, true, false},
		{"only the strongest counts, wrong", right256 + " " + right384 + " " + wrong512, false, false},
		{"a weaker one after it", right512 + " " + wrong256, true, false},
		{"wrong and right of the strongest", right256 + " " + wrong384 + "\n" + right384, true, false},
		{"options", right256 + "?ct=application/javascript", true, false},
		{"options of a wrong one", wrong256 + "?x", false, false},
		{"capitals", "SHA256-" + right256[7:], true, false},
		{"the other alphabet", url, true, false},
		{"no padding", strings.TrimRight(right256, "="), true, false},
		{"too much padding", right256 + "==", true, true},
		{"the wrong length demands the impossible", "sha256-AAAA", false, false},
		{"a stronger one of the wrong length", right256 + " sha512-AAAA", false, false},
		{"no value", "sha256-", true, true},
		{"no hyphen", "sha256", true, true},
		{"not base64", "sha256-!!!!", true, true},
		{"recorded", "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", false, false},
	} {
		in := ParseIntegrity(tt.attribute)
		if got := in.Matches([]byte(body)); got != tt.want || in.Empty() != tt.empty {
			t.Errorf("%s: %q: Matches = %v, Empty = %v, want %v, %v", tt.name, tt.attribute, got, in.Empty(), tt.want, tt.empty)
		}
		if h := in.New(); h != nil {
			for _, c := range []byte(body) {
				h.Write([]byte{c})
			}
			if got := in.MatchesSum(h.Sum(nil)); got != tt.want {
				t.Errorf("%s: byte by byte: %v, want %v", tt.name, got, tt.want)
			}
		} else if !tt.empty || !in.MatchesSum(nil) {
			t.Errorf("%s: nothing to hash with", tt.name)
		}
	}
}

func TestIntegrityEligible(t *testing.T) {
	in := ParseIntegrity(sri("sha256", ""))
	for _, tt := range []struct {
		in               Integrity
		sameOrigin, cors bool
		want             bool
	}{
		{Integrity{}, false, false, true}, {in, true, false, true}, {in, false, true, true}, {in, false, false, false},
	} {
		if got := tt.in.Eligible(tt.sameOrigin, tt.cors); got != tt.want {
			t.Errorf("Eligible(%v, %v) of %q = %v, want %v", tt.sameOrigin, tt.cors, tt.in, got, tt.want)
		}
	}
}

// TestIntegrityBound: of a longer attribute the first hashes count.
func TestIntegrityBound(t *testing.T) {
	in := ParseIntegrity(strings.Repeat(sri("sha256", "x")+" ", MaxIntegrity) + sri("sha256", "y"))
	if in.Matches([]byte("y")) || !in.Matches([]byte("x")) {
		t.Error("the bound does not hold")
	}
}
