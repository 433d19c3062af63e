// Package nameflags has the flags of a program that resolves names: which levels
// of the chain are asked, and whom each of them asks.
package nameflags
