package weburl

import "strconv"

// endsInNumber is the standard's "ends in a number checker": whether a name must be an IPv4 address.
func endsInNumber[T string | []byte](host T) bool {
	if n := len(host); n > 0 && host[n-1] == '.' {
		host = host[:n-1]
	}
	start := len(host)
	for start > 0 && host[start-1] != '.' {
		start--
	}
	last := host[start:]
	if len(last) == 0 || !isDigit(last[0]) {
		return false
	}
	digits := true
	for i := range len(last) {
		digits = digits && isDigit(last[i])
	}
	if digits {
		return true
	}
	_, ok := ipv4Number(string(last))
	return ok
}

// tooLarge is above every number that an address can hold.
const tooLarge = 1 << 40

// ipv4Number reads a decimal, octal (0…) or hexadecimal (0x…) number; a number out of every range is tooLarge.
func ipv4Number(s string) (n uint64, ok bool) {
	if s == "" {
		return 0, false
	}
	base := uint64(10)
	switch {
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		s, base = s[2:], 16
	case len(s) >= 2 && s[0] == '0':
		s, base = s[1:], 8
	}
	for i := range len(s) {
		d := uint64(unhex(s[i]))
		if d >= base {
			return 0, false
		}
		n = min(n*base+d, tooLarge)
	}
	return n, true
}

// parseIPv4 is the standard's IPv4 parser: one to four numbers, the last of which fills the remaining bytes.
func parseIPv4(s string) (addr uint32, why string) {
	if n := len(s); n > 0 && s[n-1] == '.' {
		s = s[:n-1]
	}
	var numbers [4]uint64
	parts := 0
	for start, i := 0, 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			continue
		}
		if parts == len(numbers) {
			return 0, whyIPv4Parts
		}
		n, ok := ipv4Number(s[start:i])
		if !ok {
			return 0, whyIPv4Number
		}
		numbers[parts] = n
		parts++
		start = i + 1
	}
	last := numbers[parts-1]
	if last >= 1<<(8*(5-parts)) {
		return 0, whyIPv4Range
	}
	addr = uint32(last)
	for i, n := range numbers[:parts-1] {
		if n > 255 {
			return 0, whyIPv4Range
		}
		addr |= uint32(n) << (8 * (3 - i))
	}
	return addr, ""
}

func appendIPv4(b []byte, addr uint32) []byte {
	for shift := 24; shift >= 0; shift -= 8 {
		b = strconv.AppendUint(b, uint64(byte(addr>>shift)), 10)
		if shift > 0 {
			b = append(b, '.')
		}
	}
	return b
}

// parseIPv6 is the standard's IPv6 parser, for what stands between the brackets.
func parseIPv6(s string) (addr [8]uint16, why string) {
	piece, compress, i := 0, -1, 0
	if len(s) > 0 && s[0] == ':' {
		if len(s) < 2 || s[1] != ':' {
			return addr, whyIPv6Colon
		}
		i, piece, compress = 2, 1, 1
	}
	for i < len(s) {
		if piece == 8 {
			return addr, whyIPv6Long
		}
		if s[i] == ':' {
			if compress >= 0 {
				return addr, whyIPv6Compress
			}
			i++
			piece++
			compress = piece
			continue
		}
		value, start := uint16(0), i
		for i < len(s) && i < start+4 && unhex(s[i]) < 16 {
			value = value<<4 | uint16(unhex(s[i]))
			i++
		}
		if i < len(s) && s[i] == '.' {
			if piece > 6 || i == start {
				return addr, whyIPv6Dotted
			}
			v4, ok := dotted(s[start:])
			if !ok {
				return addr, whyIPv6Dotted
			}
			addr[piece], addr[piece+1] = uint16(v4>>16), uint16(v4)
			piece += 2
			break
		}
		if i < len(s) {
			if s[i] != ':' || i+1 == len(s) {
				return addr, whyIPv6Character
			}
			i++
		}
		addr[piece] = value
		piece++
	}
	if compress < 0 {
		if piece != 8 {
			return addr, whyIPv6Short
		}
		return addr, ""
	}
	// What stands after the compression belongs to the end.
	tail := piece - compress
	copy(addr[8-tail:], addr[compress:piece])
	clear(addr[compress : 8-tail])
	return addr, ""
}

// dotted reads the IPv4 end of an IPv6 address: exactly four decimal numbers without leading zeros.
func dotted(s string) (addr uint32, ok bool) {
	i := 0
	for n := range 4 {
		if n > 0 {
			if i >= len(s) || s[i] != '.' {
				return 0, false
			}
			i++
		}
		start, v := i, 0
		for i < len(s) && isDigit(s[i]) {
			if i > start && v == 0 {
				return 0, false
			}
			if v = v*10 + int(s[i]-'0'); v > 255 {
				return 0, false
			}
			i++
		}
		if i == start {
			return 0, false
		}
		addr = addr<<8 | uint32(v)
	}
	return addr, i == len(s)
}

// appendIPv6 writes an address without brackets; the first longest run of two or more zero pieces becomes "::".
func appendIPv6(b []byte, addr [8]uint16) []byte {
	from, to := -1, -1
	for i := 0; i < len(addr); i++ {
		j := i
		for j < len(addr) && addr[j] == 0 {
			j++
		}
		if j-i > 1 && j-i > to-from {
			from, to = i, j
		}
		i = max(i, j-1)
	}
	for i := 0; i < len(addr); i++ {
		if i == from {
			b = append(b, ':', ':')
			if i = to; i == len(addr) {
				break
			}
		} else if i > 0 {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, uint64(addr[i]), 16)
	}
	return b
}
