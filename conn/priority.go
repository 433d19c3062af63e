package conn

import "strconv"

// A Priority orders the requests that wait for a connection. The zero value
// is Medium. The names are Chromium's (net/base/request_priority.h with
// Blink's names).
type Priority int8

// The priorities, least urgent first.
const (
	VeryLow  Priority = -2
	Low      Priority = -1
	Medium   Priority = 0
	High     Priority = 1
	VeryHigh Priority = 2
)

// String returns the name as Chromium's HAR files have it: "VeryLow", "Low",
// "Medium", "High" or "VeryHigh".
func (p Priority) String() string {
	switch p {
	case VeryLow:
		return "VeryLow"
	case Low:
		return "Low"
	case Medium:
		return "Medium"
	case High:
		return "High"
	case VeryHigh:
		return "VeryHigh"
	}
	return "Priority(" + strconv.Itoa(int(p)) + ")"
}
