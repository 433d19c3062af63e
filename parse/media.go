package parse

import (
	"strings"

	"golang.org/x/net/html/atom"

	"pageload/parse/dom"
)

// codecSet is a set of codecs, as the codecs parameter names them.
type codecSet uint16

const (
	codecAVC    codecSet = 1 << iota // avc1 and avc3, as H.264
	codecVP8                         // vp8
	codecVP9                         // vp9
	codecVP09                        // vp09 with profile, level and depth
	codecAV1                         // av01 with profile, level and depth
	codecAAC                         // mp4a
	codecMP3                         // mp3
	codecOpus                        // opus
	codecVorbis                      // vorbis
	codecFLAC                        // flac
	codecIAMF                        // iamf
	codecPCM                         // 1

	mp4Audio  = codecAAC | codecMP3 | codecOpus | codecFLAC | codecIAMF
	mp4Video  = mp4Audio | codecAVC | codecVP09 | codecAV1
	webmAudio = codecOpus | codecVorbis
	webmVideo = webmAudio | codecVP8 | codecVP9 | codecVP09 | codecAV1
	oggAudio  = codecOpus | codecVorbis | codecFLAC
)

// mediaType reports whether Chromium may be able to play a type: what
// canPlayType of version 156 answers for it is not "". Theora is gone since
// 123; HEVC, which depends on the machine, does not count.
func mediaType(mime string) bool {
	var can codecSet
	switch essence(mime) {
	case "":
		return true
	case "video/mp4", "video/x-m4v", "video/3gpp", "video/x-matroska", "video/matroska":
		can = mp4Video
	case "audio/mp4", "audio/x-m4a", "audio/x-matroska", "audio/matroska":
		can = mp4Audio
	case "video/webm":
		can = webmVideo
	case "audio/webm":
		can = webmAudio
	case "video/ogg", "application/ogg":
		can = oggAudio | codecVP8
	case "audio/ogg":
		can = oggAudio
	case "application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl":
		can = codecAVC | codecAAC | codecMP3
	case "audio/mpeg":
		can = codecMP3
	case "audio/wav", "audio/x-wav":
		can = codecPCM
	case "audio/mp3", "audio/x-mp3", "audio/flac", "audio/aac": // which name no codec
	default:
		return false
	}
	if list := codecs(mime); list != "" {
		for codec := range strings.SplitSeq(list, ",") {
			if codecOf(strings.Trim(codec, spaces))&can == 0 {
				return false
			}
		}
	}
	return true
}

// codecs returns the value of the codecs parameter as Chromium reads it: in
// double quotes, or up to the next semicolon.
func codecs(mime string) string {
	_, params, _ := strings.Cut(mime, ";")
	i := strings.Index(strings.ToLower(params), "codecs")
	if i < 0 {
		return ""
	}
	_, value, _ := strings.Cut(params[i:], "=")
	if _, rest, ok := strings.Cut(value, `"`); ok {
		if quoted, _, closed := strings.Cut(rest, `"`); closed {
			return strings.Trim(quoted, spaces)
		}
	}
	value, _, _ = strings.Cut(value, ";")
	return strings.Trim(value, spaces)
}

// codecOf returns the set of the one codec that a name means, 0 for one that
// Chromium does not play or that names none clearly enough.
func codecOf(name string) codecSet {
	family, rest, more := strings.Cut(name, ".")
	switch family {
	case "avc1", "avc3":
		if !more || len(rest) == 6 && strings.Trim(rest, "0123456789abcdefABCDEF") == "" {
			return codecAVC
		}
	case "vp8":
		if !more || rest == "0" {
			return codecVP8
		}
	case "vp9":
		if !more || rest == "0" {
			return codecVP9
		}
	case "vp09":
		if len(rest) >= 8 && rest[:1] == "0" && rest[1] <= '3' {
			return codecVP09
		}
	case "av01":
		if strings.Count(rest, ".") >= 2 {
			return codecAV1
		}
	case "mp4a":
		switch rest {
		case "40", "40.2", "40.02", "40.5", "40.05", "40.29", "66", "67", "68":
			return codecAAC
		case "69", "6B":
			return codecMP3
		}
	case "iamf":
		if more {
			return codecIAMF
		}
	}
	switch name {
	case "mp3":
		return codecMP3
	case "opus", "Opus":
		return codecOpus
	case "vorbis":
		return codecVorbis
	case "flac", "fLaC":
		return codecFLAC
	case "1":
		return codecPCM
	}
	return 0
}

func mediaKind(a atom.Atom) Kind {
	if a == atom.Audio {
		return Audio
	}
	return Video
}

func (p *Parser) insertedMedia(id dom.ID, t tag) {
	if t.atom == atom.Video {
		if r, ok := p.newRef(&p.pass, t, Image, t.get("poster")); ok {
			p.size(r, t)
			p.ref(id, r)
		}
	}
	if r, ok := p.newRef(&p.pass, t, mediaKind(t.atom), t.get("src")); ok {
		r.Preload = p.preloadState(id)
		p.ref(id, r)
	}
}

// corsOf is the state of an element's crossorigin attribute. Sources and tracks
// are fetched with that of their media element (HTML standard, 4.8.11.5 and
// 4.8.11.11.3).
func corsOf(t *dom.Table, id dom.ID) CORS {
	switch v, ok := t.Attr(id, "crossorigin"); {
	case !ok:
		return CORSNone
	case strings.EqualFold(v, "use-credentials"):
		return UseCredentials
	}
	return Anonymous
}

// preloadState is the state of a media element's preload attribute, "auto"
// whatever it says with autoplay (HTML standard, section 4.8.11.5).
func (p *Parser) preloadState(media dom.ID) string {
	if _, auto := p.doc.Table.Attr(media, "autoplay"); auto {
		return "auto"
	}
	s, _ := p.doc.Table.Attr(media, "preload")
	switch s = strings.ToLower(s); s {
	case "none", "metadata", "auto":
		return s
	}
	return ""
}
