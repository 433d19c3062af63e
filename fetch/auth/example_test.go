package auth_test

import (
	"context"
	"fmt"

	"pageload/fetch/auth"
)

func ExampleLogin() {
	var store auth.Store
	store.Give("https://intranet.test", "", auth.Identity{User: "ada", Password: "engine"})

	login := auth.NewLogin(&store, auth.Party{Origin: "https://intranet.test"})
	fmt.Printf("%q\n", login.Ahead("GET", "/plans/", nil)) // nobody has asked yet
	what, again := login.Challenged(context.Background(), []string{`Basic realm="plans"`})
	fmt.Println(what, again)
	fmt.Println(login.Field("GET", "/plans/", nil))
	login.Accepted("/plans/")

	later := auth.NewLogin(&store, auth.Party{Origin: "https://intranet.test"})
	fmt.Println(later.Ahead("GET", "/plans/two", nil))
	// Output:
	// ""
	// basic of realm "plans", with the credentials given for it true
	// Basic YWRhOmVuZ2luZQ==
	// Basic YWRhOmVuZ2luZQ==
}
