package http2

import "time"

// A Setting is one parameter of a SETTINGS frame (RFC 9113 section 6.5.2).
type Setting struct {
	ID    uint16
	Value uint32
}

// The identifiers of settings that mean something here.
const (
	SettingHeaderTableSize      = 0x1
	SettingEnablePush           = 0x2
	SettingMaxConcurrentStreams = 0x3
	SettingInitialWindowSize    = 0x4
	SettingMaxFrameSize         = 0x5
	SettingMaxHeaderListSize    = 0x6
)

// Levels is the number of levels of urgency.
const Levels = 5

// A Level is how urgent a stream is, 0 first. A Profile says what each looks like on the wire.
type Level uint8

// A Profile is what tells one client from another on the wire. Take Chromium's and change what you like before its first use;
// it is read only afterwards and may be shared.
type Profile struct {
	// Settings are those of the first SETTINGS frame, in order. What they promise is kept: windows, table and list sizes. Without
	// SettingEnablePush 0 a server may push, which ends the connection all the same.
	Settings []Setting
	// Window is by how much the connection's window is enlarged right after, in bytes; 0: not at all.
	Window uint32
	// Pseudo is the order of the pseudo-header fields.
	Pseudo [4]string
	// Weights are the weights (1 to 256) of the levels in the priority of HEADERS and PRIORITY frames (RFC 7540 section 5.3): all streams form
	// one chain, each depends exclusively on the last one that is at least as urgent. All zero: HEADERS say no priority, and
	// PRIORITY frames are not sent.
	Weights [Levels]int
	// PriorityUpdate says that a change of a stream's level is told with a PRIORITY_UPDATE frame too (RFC 9218 section 7.1).
	PriorityUpdate bool
	// Streams is how many streams are opened before the server has said what it allows; MaxStreams bounds what it may allow.
	Streams, MaxStreams int
	// Chunk is the largest payload of a DATA frame that is sent, in bytes; the server's limit holds too.
	Chunk int
	// UpdateAfter is how long after the last WINDOW_UPDATE the next one is sent for however few bytes; before, it takes half of
	// the window.
	UpdateAfter time.Duration
	// PingAfter is after how long without a byte from the server a PING goes out before the next request, and PingTimeout for how
	// long nothing may come then before the connection is given up. Zero PingAfter: never.
	PingAfter, PingTimeout time.Duration
}

// Chromium returns what Chromium 156 sends. Settings, window, orders and weights were recorded; the rest is from its net/spdy/spdy_session.cc and
// http2_priority_dependencies.cc. A priority that changes is told with PRIORITY frames; it was never seen to send PRIORITY_UPDATE, whatever
// the server's SETTINGS_NO_RFC7540_PRIORITIES.
func Chromium() *Profile {
	return &Profile{
		Settings: []Setting{{SettingHeaderTableSize, 65536}, {SettingEnablePush, 0}, {SettingInitialWindowSize, 6 << 20}, {SettingMaxHeaderListSize, 262144}},
		Window:   15<<20 - 65535,
		Pseudo:   [4]string{":method", ":authority", ":scheme", ":path"},
		Weights:  [Levels]int{256, 220, 183, 147, 110},
		Streams:  100, MaxStreams: 256,
		Chunk:       16<<10 - 9,
		UpdateAfter: 5 * time.Second,
		PingAfter:   10 * time.Second, PingTimeout: 10 * time.Second,
	}
}

// setting returns the value of a setting, or def if it is not among those that are sent.
func (p *Profile) setting(id uint16, def uint32) uint32 {
	for _, s := range p.Settings {
		if s.ID == id {
			def = s.Value
		}
	}
	return def
}
