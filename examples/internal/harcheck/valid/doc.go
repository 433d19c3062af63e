// Package valid says whether a HAR 1.2 can be relied on: valid by the schema, with
// timings that add up and identifiers that lead somewhere.
//
//	n, faults := valid.HAR(b, valid.Rules{Entries: 40})
//
// The schema is that of github.com/ahmadnassri/har-schema (ISC licence), merged
// into one file. A HAR of this project needs no tolerance; browsers' timings add
// up within a millisecond.
package valid
