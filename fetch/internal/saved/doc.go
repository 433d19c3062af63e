// Package saved is the form in which stores of a few thousand small things are written to a file: one object of JSON with the format's
// name, its version, and a list. A file of another format or version, or one that was cut, changes nothing; an entry that is damaged is
// left out.
package saved
