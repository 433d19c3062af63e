// Package origin is the server that the benchmark's loaders load their pages
// from. It serves from memory and costs little for a request, so that one
// processor of it keeps ahead of one of any loader, and it counts what was asked
// for: a loader that leaves something out is not faster.
package origin
