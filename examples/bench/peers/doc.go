// Package peers has the loaders that pageload is compared with: DIY is what a
// Go developer writes in an afternoon, Tuned the same after its author has read
// a profile. Both know no more of a page than its attributes and the url() of
// its style sheets, and so fetch some files that no browser would.
//
// The floor is no loader: it is told what the page is made of, has its requests
// ready and looks at nothing but how long the answers are. What it costs is the
// kernel's price of the exchanges and Go's of waiting for them.
package peers
