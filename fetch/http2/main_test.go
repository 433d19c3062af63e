package http2_test

import "pageload/conn/conntest"

// verify runs the tests and fails on goroutines that are left.
func verify(m interface{ Run() int }) int { return conntest.VerifyNoLeaks(m) }
