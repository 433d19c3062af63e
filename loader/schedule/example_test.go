package schedule_test

import (
	"fmt"

	"pageload/conn"
	"pageload/loader/schedule"
)

// Twelve images of one host: six start, for no more than six connections to it
// would be had.
func ExampleGates() {
	var g schedule.Gates
	g.EndTight(0) // the document's body has begun
	for i := range int32(12) {
		g.Add(schedule.Item{ID: i, Host: "http://example.com", Priority: conn.Low})
	}
	var started []int32
	for id, ok := g.Next(); ok; id, ok = g.Next() {
		started = append(started, id)
	}
	fmt.Println(started)
	fmt.Println(g.Reason(6))
	// Output:
	// [0 1 2 3 4 5]
	// 6 of 6 requests to this host in flight
}
