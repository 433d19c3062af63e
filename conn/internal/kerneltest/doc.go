// Package kerneltest holds tests of package conn, and of what stands on it, on real
// kernels: two hosts that a test makes, joined by a wire that delays, loses, duplicates
// and reorders as the test says (package conn/conntest/wire).
//
// What conn and loader say is compared with what the wire saw, with what the other
// host's kernel says, and with ip. A bound on a time has a cause: the wire's delay, its
// own lateness, a tick of the kernel. Nothing waits by sleeping.
//
// The client is a process of its own in host A (roles_test.go); the server is in the
// process of the test, with its sockets in host B.
package kerneltest
