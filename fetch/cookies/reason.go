package cookies

import "strings"

// A Blocked is a cookie that was not sent or not kept, and why.
type Blocked struct {
	Name string
	// Domain and Path are the cookie's, and so is Partition; they are empty for a line that makes no cookie.
	Domain, Path string
	Partition    Partition
	// Line is what the server sent; "" for a cookie that was not sent to it.
	Line    string
	Reasons Reasons
}

// Reasons says why a cookie was not sent or not kept; zero: it was. They are named as in the DevTools protocol
// (Network.CookieBlockedReason and SetCookieBlockedReason).
type Reasons uint32

// The reasons. Cookies whose domain or path simply does not match a request are not blocked.
const (
	SecureOnly                               Reasons = 1 << iota // a Secure cookie and a request without https
	SameSiteStrict                                               // the request is another site's
	SameSiteLax                                                  // the request is another site's
	SameSiteUnspecifiedTreatedAsLax                              // the request is another site's
	SameSiteNoneInsecure                                         // SameSite=None without Secure
	SchemefulSameSiteStrict                                      // the same site, but for http and https
	SchemefulSameSiteLax                                         // the same site, but for http and https
	SchemefulSameSiteUnspecifiedTreatedAsLax                     // the same site, but for http and https
	UserPreferences                                              // Jar.BlockThirdParty
	SyntaxError                                                  // the line is no cookie
	InvalidDomain                                                // Domain is not the host's, or a public suffix
	InvalidPrefix                                                // the name begins with __Host- or the like and attributes do not match that
	InvalidPartitioned                                           // Partitioned without Secure
	OverwriteSecure                                              // it would cover a Secure cookie, and the response came without https
	DisallowedCharacter                                          // a control character
	NoCookieContent                                              // neither name nor value
	NameValuePairExceedsMaxSize                                  // more than 4096 bytes
)

var reasonNames = [...]string{
	"SecureOnly", "SameSiteStrict", "SameSiteLax", "SameSiteUnspecifiedTreatedAsLax", "SameSiteNoneInsecure",
	"SchemefulSameSiteStrict", "SchemefulSameSiteLax", "SchemefulSameSiteUnspecifiedTreatedAsLax", "UserPreferences", "SyntaxError",
	"InvalidDomain", "InvalidPrefix", "InvalidPartitioned", "OverwriteSecure", "DisallowedCharacter", "NoCookieContent",
	"NameValuePairExceedsMaxSize",
}

// Names returns the names of the reasons, nil if zero.
func (r Reasons) Names() []string {
	var names []string
	for i, n := range reasonNames {
		if r&(1<<i) != 0 {
			names = append(names, n)
		}
	}
	return names
}

// String returns the names with commas between them, "" if zero.
func (r Reasons) String() string { return strings.Join(r.Names(), ", ") }
