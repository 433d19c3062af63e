// Package poison finds the two mistakes that are made with pooled buffers: to
// use one after it was returned, and to return one twice. Both hand somebody
// the bytes of somebody else's response.
//
// A [Guard] stands beside a pool and is told of what is taken and returned. With
// the race detector, or built with -tags poison, it fills what is returned with
// a pattern, panics where that has changed when the buffer is taken again, or
// where a buffer comes back that is there already, and says where it was
// returned before. The pattern is written where the buffer is returned, so that
// the race detector also finds who still reads it. In all other builds a Guard
// is empty and its methods are nothing.
package poison
