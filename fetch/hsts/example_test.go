package hsts_test

import (
	"fmt"

	"pageload/fetch/hsts"
)

func ExampleStore() {
	var s hsts.Store
	s.Note("example.com", "max-age=31536000; includeSubDomains")
	fmt.Println(s.Upgrade("www.example.com").Name)
	fmt.Println(s.Upgrade("example.org").Name == "")
	// Output:
	// example.com
	// true
}
