package fetch

import (
	"strings"

	"pageload/parse/weburl"
)

// maxReferrer is the length above which only the origin is sent (Referrer Policy section 8.4, step 6).
const maxReferrer = 4096

// Referrer returns the value of the Referer field of a request to URL to, made by the document or sheet at from, under a
// policy of the Referrer Policy standard (section 8.3). It is "" where none is sent. An empty or unknown policy is
// strict-origin-when-cross-origin.
func Referrer(policy string, from, to weburl.URL) string {
	if from.IsZero() || !from.IsHTTP() {
		return ""
	}
	origin := from.Origin()
	same := origin == to.Origin()
	downgrade := origin.PotentiallyTrustworthy() && !to.Origin().PotentiallyTrustworthy()
	switch policy {
	case "no-referrer":
		return ""
	case "no-referrer-when-downgrade":
		if downgrade {
			return ""
		}
		return fullReferrer(from)
	case "same-origin":
		if !same {
			return ""
		}
		return fullReferrer(from)
	case "origin":
		return originReferrer(origin)
	case "strict-origin":
		if downgrade {
			return ""
		}
		return originReferrer(origin)
	case "origin-when-cross-origin":
		if same {
			return fullReferrer(from)
		}
		return originReferrer(origin)
	case "unsafe-url":
		return fullReferrer(from)
	}
	switch {
	case same:
		return fullReferrer(from)
	case downgrade:
		return ""
	}
	return originReferrer(origin)
}

// ReferrerPolicy returns the policy that a Referrer-Policy response field asks for: the last known token of the list
// (Referrer Policy section 8.1), "" if there is none.
func ReferrerPolicy(field string) string {
	policy := ""
	for token := range strings.SplitSeq(field, ",") {
		token = strings.ToLower(strings.Trim(token, " \t"))
		switch token {
		case "no-referrer", "no-referrer-when-downgrade", "same-origin", "origin", "strict-origin",
			"origin-when-cross-origin", "strict-origin-when-cross-origin", "unsafe-url":
			policy = token
		}
	}
	return policy
}

func fullReferrer(from weburl.URL) string {
	s := from.WithoutFragment().WithoutUserinfo().String()
	if len(s) > maxReferrer {
		return originReferrer(from.Origin())
	}
	return s
}

func originReferrer(o weburl.Origin) string { return o.String() + "/" }
