//go:build !race && !poison

package poison

// On reports whether guards look.
const On = false

// A Guard watches the buffers of one pool. The zero value is ready; it is safe
// for concurrent use.
type Guard struct{}

// Taken is told of a buffer that the pool gave.
func (*Guard) Taken([]byte) {}

// Returned is told of a buffer before the pool has it.
func (*Guard) Returned([]byte) {}
