// Package peers has the loaders that pageload is compared with: DIY is what a
// Go developer writes in an afternoon, Tuned the same after its author has read
// a profile. Both know no more of a page than its attributes and the url() of
// its style sheets, and so fetch some files that no browser would.
package peers
