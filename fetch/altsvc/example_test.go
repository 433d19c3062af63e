package altsvc_test

import (
	"fmt"

	"pageload/fetch/altsvc"
)

func ExampleStore() {
	var s altsvc.Store
	k := altsvc.Key{Origin: "https://example.com"}
	s.Note(k, `h3=":443"; ma=86400, h3-29="alt.example.com:8443"`)
	for _, a := range s.Alternatives(k) {
		fmt.Println(a.Service)
	}
	// Output:
	// h3=":443"; ma=86400
	// h3-29="alt.example.com:8443"; ma=86400
}
