// Package demosite is a web site to load: several hosts on loopback, each with a
// name that has to be looked up, answers that take their time, and the usual
// faults.
//
// It has redirects, a document that comes in pieces, a style sheet that imports
// another, fonts and images that only the used rules ask for, srcset, picture,
// lazy images, frames, async, deferred and module scripts, a preload in an early
// hint, a missing file, a refused port, a blocked port and a name that does not
// exist. All of it is told in the files of the folder content and in the table
// of resources; loading it takes about two seconds.
//
// Everything runs within the process and listens on loopback only. The hosts
// have an address each where the machine has all of 127.0.0.0/8 (Linux), else
// they share 127.0.0.1. The port is 80 where that may be used, else any free one.
package demosite
