//go:build race

package http1_test

// raceDetector: it makes sync.Pool drop things at random.
const raceDetector = true
