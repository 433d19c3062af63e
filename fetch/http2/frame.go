package http2

import (
	"encoding/binary"
	"fmt"
)

// preface is what a client sends first (RFC 9113 section 3.4).
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// frameType is the type of a frame (RFC 9113 section 6, RFC 9218 section 7.1).
type frameType uint8

const (
	frameData frameType = iota
	frameHeaders
	framePriority
	frameReset
	frameSettings
	framePush
	framePing
	frameGoAway
	frameWindow
	frameContinuation

	framePriorityUpdate frameType = 0x10
)

var frameNames = [...]string{"DATA", "HEADERS", "PRIORITY", "RST_STREAM", "SETTINGS", "PUSH_PROMISE", "PING", "GOAWAY", "WINDOW_UPDATE", "CONTINUATION"}

func (t frameType) String() string {
	switch {
	case int(t) < len(frameNames):
		return frameNames[t]
	case t == framePriorityUpdate:
		return "PRIORITY_UPDATE"
	}
	return fmt.Sprintf("frame of type %#x", uint8(t))
}

// The flags.
const (
	flagEndStream  = 0x1
	flagAck        = 0x1
	flagEndHeaders = 0x4
	flagPadded     = 0x8
	flagPriority   = 0x20
)

const (
	headerLen     = 9
	maxFrame      = 16 << 10 // that we allow: the default of SETTINGS_MAX_FRAME_SIZE, which browsers do not change
	maxWindow     = 1<<31 - 1
	defaultWindow = 65535
	maxStreamID   = 1<<31 - 1
)

// frameHeader is the beginning of a frame (RFC 9113 section 4.1).
type frameHeader struct {
	length int
	kind   frameType
	flags  uint8
	stream uint32
}

func parseHeader(p []byte) frameHeader {
	return frameHeader{
		length: int(p[0])<<16 | int(p[1])<<8 | int(p[2]),
		kind:   frameType(p[3]), flags: p[4],
		stream: binary.BigEndian.Uint32(p[5:]) & maxStreamID,
	}
}

func (h frameHeader) has(flag uint8) bool { return h.flags&flag != 0 }

// check refuses frames that are wrong whatever the state: their size and whether they are of a stream.
func (h frameHeader) check() *Error {
	if h.length > maxFrame {
		return connError(FrameSizeError, h, "%d bytes, %d are allowed", h.length, maxFrame)
	}
	want := -1
	switch h.kind {
	case framePriority:
		want = 5
	case frameReset, frameWindow:
		want = 4
	case framePing:
		want = 8
	}
	switch {
	case want >= 0 && h.length != want && h.kind == framePriority && h.stream != 0: // RFC 9113 section 6.3
		return streamError(FrameSizeError, h, "%d bytes, not %d", h.length, want)
	case want >= 0 && h.length != want:
		return connError(FrameSizeError, h, "%d bytes, not %d", h.length, want)
	case h.kind == frameGoAway && h.length < 8:
		return connError(FrameSizeError, h, "%d bytes are too few", h.length)
	case h.kind == frameSettings && (h.length%6 != 0 || h.has(flagAck) && h.length != 0):
		return connError(FrameSizeError, h, "%d bytes", h.length)
	}
	switch h.kind {
	case frameData, frameHeaders, framePriority, frameReset, frameContinuation, framePush:
		if h.stream == 0 {
			return connError(ProtocolError, h, "on stream 0")
		}
	case frameSettings, framePing, frameGoAway:
		if h.stream != 0 {
			return connError(ProtocolError, h, "on a stream")
		}
	}
	return nil
}

// unpad returns what is between a pad length and the padding (RFC 9113 sections 6.1 and 6.2).
func (h frameHeader) unpad(p []byte) ([]byte, *Error) {
	if !h.has(flagPadded) {
		return p, nil
	}
	if len(p) == 0 {
		return nil, connError(FrameSizeError, h, "no pad length")
	}
	pad := int(p[0])
	if pad >= len(p) {
		return nil, connError(ProtocolError, h, "padding of %d bytes in %d", pad, len(p)-1)
	}
	return p[1 : len(p)-pad], nil
}

func appendHeader(b []byte, length int, kind frameType, flags uint8, stream uint32) []byte {
	b = append(b, byte(length>>16), byte(length>>8), byte(length), byte(kind), flags)
	return binary.BigEndian.AppendUint32(b, stream)
}

func appendSettings(b []byte, settings []Setting) []byte {
	b = appendHeader(b, 6*len(settings), frameSettings, 0, 0)
	for _, s := range settings {
		b = binary.BigEndian.AppendUint16(b, s.ID)
		b = binary.BigEndian.AppendUint32(b, s.Value)
	}
	return b
}

func appendUint32Frame(b []byte, kind frameType, stream, v uint32) []byte {
	return binary.BigEndian.AppendUint32(appendHeader(b, 4, kind, 0, stream), v)
}

func appendPriority(b []byte, p placement) []byte {
	b = binary.BigEndian.AppendUint32(b, p.parent|1<<31) // exclusive
	return append(b, byte(p.weight-1))
}

// appendPriorityUpdate tells a level as an urgency (RFC 9218 section 4.1): 3, the default, is Chromium's fourth level.
func appendPriorityUpdate(b []byte, stream uint32, l Level) []byte {
	b = binary.BigEndian.AppendUint32(appendHeader(b, 4+3, framePriorityUpdate, 0, 0), stream)
	return append(b, 'u', '=', '0'+byte(l))
}

func appendGoAway(b []byte, code Code, debug string) []byte {
	b = appendHeader(b, 8+len(debug), frameGoAway, 0, 0)
	b = binary.BigEndian.AppendUint32(b, 0) // of the server's streams none was accepted
	b = binary.BigEndian.AppendUint32(b, uint32(code))
	return append(b, debug...)
}
