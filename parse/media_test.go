package parse

import "testing"

// TestMediaType holds what canPlayType of Chromium 156 answers, on Linux.
func TestMediaType(t *testing.T) {
	for _, mime := range []string{
		"",
		`video/mp4`, `video/x-m4v`, `video/webm`, `video/ogg`, `video/x-matroska`, `video/matroska`, `video/3gpp`, `audio/mp4`, `audio/x-m4a`, `audio/mpeg`,
		`audio/mp3`, `audio/x-mp3`, `audio/webm`, `audio/ogg`, `audio/wav`, `audio/x-wav`, `audio/flac`, `audio/aac`, `audio/matroska`, `audio/x-matroska`,
		`audio/mpegurl`, `audio/x-mpegurl`, `application/ogg`, `application/vnd.apple.mpegurl`, `application/x-mpegurl`, `application/x-mpegURL`,
		`VIDEO/MP4`, ` video/mp4 `, `video/mp4;`, `video/mp4; codecs=`, `video/mp4; codecs=""`, `video/mp4;codecs`, `video/mp4; foo=bar`,
		`video/ogg; codecs=vorbis`, `video/ogg; codecs=opus`, `video/ogg; codecs=flac`, `video/ogg; codecs=vp8`, `audio/ogg; codecs=vorbis`,
		`audio/ogg; codecs=opus`, `audio/ogg; codecs=flac`, `application/ogg; codecs=vorbis`, `video/webm; codecs=vp8`, `video/webm; codecs="vp8, vorbis"`,
		`video/webm; codecs=vp8.0`, `video/webm; codecs=vp9`, `video/webm; codecs="vp9,opus"`, `video/webm; codecs=vp9.0`,
		`video/webm; codecs=vp09.00.10.08`, `video/webm; codecs=vp09.02.10.10`, `video/webm; codecs=av01.0.04M.08`, `video/webm; codecs=av01.2.04M.10`,
		`video/webm; codecs=opus`, `video/webm; codecs=vorbis`, `audio/webm; codecs=opus`, `audio/webm; codecs=vorbis`, `video/mp4; codecs=avc1`,
		`video/mp4; codecs=avc1.42E01E`, `video/mp4; codecs="avc1.42E01E, mp4a.40.2"`, `video/mp4; codecs=avc1.640028`, `video/mp4; codecs=avc1.4D401E`,
		`video/mp4; codecs=avc1.F4001E`, `video/mp4; codecs=avc3.42E01E`, `video/mp4; codecs=avc3`, `video/mp4; codecs=avc1.640034`,
		`video/mp4; codecs=avc1.64003E`, `video/mp4; codecs=vp09.00.10.08`, `video/mp4; codecs=av01.0.05M.08`,
		`video/mp4; codecs=av01.0.05M.08.0.110.01.01.01.0`, `video/mp4; codecs=mp4a.40`, `video/mp4; codecs=mp4a.40.2`, `video/mp4; codecs=mp4a.40.5`,
		`video/mp4; codecs=mp4a.40.29`, `video/mp4; codecs=mp4a.67`, `video/mp4; codecs=mp4a.66`, `video/mp4; codecs=mp4a.68`, `video/mp4; codecs=mp4a.69`,
		`video/mp4; codecs=mp4a.6B`, `video/mp4; codecs=opus`, `video/mp4; codecs=Opus`, `video/mp4; codecs=flac`, `video/mp4; codecs=fLaC`,
		`video/mp4; codecs=mp3`, `video/mp4; codecs="avc1.42E01E"; foo`, `video/mp4; codecs=iamf.000.000.Opus`, `audio/mp4; codecs=mp4a.40.2`,
		`audio/mp4; codecs=flac`, `audio/mp4; codecs=opus`, `audio/mp4; codecs=mp3`, `audio/mp4; codecs=iamf.000.000.Opus`, `audio/x-m4a; codecs=mp4a.40.2`,
		`video/x-m4v; codecs=avc1.42E01E`, `audio/mpeg; codecs=mp3`, `audio/mpeg; codecs=`, `audio/wav; codecs=1`, `video/3gpp; codecs=mp4a.40.2`,
		`video/x-matroska; codecs=avc1.42E01E`, `video/x-matroska; codecs="avc1.42E01E, opus"`, `audio/matroska; codecs=opus`,
		`application/vnd.apple.mpegurl; codecs=avc1.42E01E`, `application/x-mpegurl; codecs=avc1.42E01E`, `audio/mpegurl; codecs=mp4a.40.2`,
	} {
		if !mediaType(mime) {
			t.Errorf("%q is not played", mime)
		}
	}
	for _, mime := range []string{
		`video/3gpp2`, `video/quicktime`, `video/mpeg`, `video/mp2t`, `video/avi`, `video/x-msvideo`, `video/x-flv`, `video/hevc`, `audio/wave`,
		`audio/vnd.wave`, `audio/x-flac`, `audio/aacp`, `audio/opus`, `audio/mpg`, `audio/x-mpeg`, `audio/mpeg3`, `audio/midi`, `audio/3gpp`, `audio/amr`,
		`audio/basic`, `audio/x-aiff`, `audio/m4a`, `application/dash+xml`, `application/octet-stream`, `application/x-shockwave-flash`, `text/plain`,
		`video`, `mp4`, `.mp4`, `application/octet-stream; codecs=avc1`, `image/gif`, `video/ogg; codecs=theora`, `video/ogg; codecs="theora, vorbis"`,
		`video/ogg; codecs=dirac`, `audio/ogg; codecs=speex`, `application/ogg; codecs=theora`, `video/ogg; codecs=av1`, `video/webm; codecs=vp09.04.10.08`,
		`video/webm; codecs=vp09`, `video/webm; codecs=av1`, `video/webm; codecs=av01`, `video/webm; codecs=avc1.42E01E`, `video/webm; codecs=flac`,
		`video/webm; codecs=mp4a.40.2`, `audio/webm; codecs=vp9`, `audio/webm; codecs=flac`, `video/webm; codecs=x`, `video/webm; codecs=VP9`,
		`video/webm; codecs=pcm`, `video/mp4; codecs=avc1.42`, `video/mp4; codecs=avc1.zzzzzz`, `video/mp4; codecs=h264`, `video/mp4; codecs=hvc1`,
		`video/mp4; codecs=hvc1.1.6.L93.B0`, `video/mp4; codecs=hev1.1.6.L93.B0`, `video/mp4; codecs=hev1`, `video/mp4; codecs=vp9`, `video/mp4; codecs=vp8`,
		`video/mp4; codecs=av1`, `video/mp4; codecs=dvh1.05.06`, `video/mp4; codecs=dvhe.05.06`, `video/mp4; codecs=mp4v.20.8`,
		`video/mp4; codecs=mp4v.20.240`, `video/mp4; codecs=theora`, `video/mp4; codecs=mp4a`, `video/mp4; codecs=mp4a.40.42`, `video/mp4; codecs=mp4a.40.1`,
		`video/mp4; codecs=mp4a.40.34`, `video/mp4; codecs=mp4a.a5`, `video/mp4; codecs=ac-3`, `video/mp4; codecs=ec-3`, `video/mp4; codecs=ac-4`,
		`video/mp4; codecs=vorbis`, `video/mp4; codecs=alac`, `video/mp4; codecs=mhm1.0x0D`, `video/mp4; codecs=dtsc`, `video/mp4; codecs=vvc1.1.L67`,
		`video/mp4; codecs="avc1.42E01E, nonsense"`, `video/mp4; CODECS=nonsense`, `video/mp4;codecs='avc1.42E01E, mp4a.40.2'`,
		`video/mp4; codecs=apac.31.00`, `audio/mp4; codecs=avc1.42E01E`, `audio/mp4; codecs=ec-3`, `audio/mpeg; codecs=mp4a.40.2`, `audio/mpeg; codecs=x`,
		`audio/aac; codecs=mp4a.40.2`, `audio/aac; codecs=aac`, `audio/wav; codecs=0`, `audio/wav; codecs=2`, `audio/wav; codecs=pcm`,
		`audio/wave; codecs=1`, `audio/flac; codecs=flac`, `audio/flac; codecs=x`, `audio/mp3; codecs=mp3`, `video/3gpp; codecs=samr`,
		`video/x-matroska; codecs=vp9`, `video/x-matroska; codecs=theora`, `video/matroska; codecs=hvc1.1.6.L93.B0`, `video/quicktime; codecs=avc1.42E01E`,
	} {
		if mediaType(mime) {
			t.Errorf("%q is played", mime)
		}
	}
}
