package http2

// Limits bounds what a server can make a client hold or do, beyond what flow control and the profile's settings bound. A field that is
// zero has the default named beside it. The error of a limit that was reached names the field and its value.
type Limits struct {
	HeaderBytes   int // of one head: names, values and 32 for each field (RFC 9113 section 10.5.1); what the profile's SETTINGS_MAX_HEADER_LIST_SIZE says, else 262144
	Fields        int // fields of one head, and of one trailer section; 2000 as in Node.js
	Interim       int // interim (1xx) responses before the final one; 32
	Continuations int // CONTINUATION frames of one head; 64, four times what the largest head needs
	Idle          int // frames a second that achieve nothing: PING, SETTINGS, PRIORITY, unknown ones, empty DATA, updates of windows that nobody waits for; 10000
	Queued        int // bytes of answers to such frames that wait to be sent; 65536
}

func (l Limits) withDefaults(p *Profile) Limits {
	set := func(v *int, def int) {
		if *v == 0 {
			*v = def
		}
	}
	set(&l.HeaderBytes, int(min(p.setting(SettingMaxHeaderListSize, 262144), 1<<30)))
	set(&l.Fields, 2000)
	set(&l.Interim, 32)
	set(&l.Continuations, 64)
	set(&l.Idle, 10000)
	set(&l.Queued, 64<<10)
	return l
}
