module pageload/examples/bench

go 1.26.0

require (
	github.com/PuerkitoBio/goquery v1.13.0
	github.com/google/pprof v0.0.0-20261016150608-1facf8f91b50
	golang.org/x/net v0.62.0
	golang.org/x/sync v0.24.0
	pageload v0.0.0
)

require (
	github.com/andybalholm/brotli v1.2.8 // indirect
	github.com/andybalholm/cascadia v1.3.5 // indirect
	github.com/klauspost/compress v1.20.3 // indirect
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace pageload => ../..
