// Package module finds what a JavaScript module imports, without running it,
// and resolves the names by import maps.
//
// [Imports] lexes the source as far as is needed to tell code from strings,
// comments, templates and regular expressions, and returns the static imports
// and re-exports. Dynamic imports, import("…"), happen when code runs and are
// not among them. [ParseMap] and [Map.Resolve] are the HTML standard's import
// maps and module specifier resolution (section 8.1.6).
//
// It is no parser: a source that is no valid module may still yield imports.
package module
