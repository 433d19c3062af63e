//go:build !race

package http1_test

// raceDetector is off.
const raceDetector = false
