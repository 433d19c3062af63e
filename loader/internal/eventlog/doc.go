// Package eventlog keeps the log of a load in little memory: as bytes, in which each event says only how it differs from those of its kind before it.
//
// A thousand loads in flight have some hundred thousand events. As values, with what they point to, they take ten times the memory and the collector
// has to follow each pointer; so they are written down when they happen and made again when somebody wants to see them.
package eventlog
