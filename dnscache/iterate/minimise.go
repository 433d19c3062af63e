package iterate

// Minimisation is how much of a name the servers above it get to see (RFC 9156).
type Minimisation int

const (
	// Relaxed shows each server one label more than its zone has. Where one says that such a shortened name does not exist
	// or fails to answer, the whole name is asked: servers that get empty names wrong exist.
	Relaxed Minimisation = iota

	// Strict believes that a name does not exist if one above it does not (RFC 8020), and fails where servers fail.
	Strict

	// Off shows the whole name to every server.
	Off
)

// String returns "relaxed", "strict" or "off".
func (m Minimisation) String() string {
	switch m {
	case Strict:
		return "strict"
	case Off:
		return "off"
	}
	return "relaxed"
}

const (
	maxMinimised = 10 // MAX_MINIMISE_COUNT, RFC 9156 section 2.3
	oneLabel     = 4  // MINIMISE_ONE_LAB: so many of the first questions show one label more each
)

// expose returns how many labels of a name the next question shows, where the servers asked know so many already, and asked
// shortened questions have been put.
func expose(known, labels, asked int) int {
	left := labels - known
	switch {
	case asked >= maxMinimised:
		return labels
	case asked < oneLabel:
		return min(known+1, labels)
	}
	return min(known+max(1, left/(maxMinimised-asked)), labels)
}
