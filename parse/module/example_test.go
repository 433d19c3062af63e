package module_test

import (
	"fmt"

	"pageload/parse/module"
	"pageload/parse/weburl"
)

func ExampleImports() {
	base := weburl.MustParse("https://example.com/app/main.js")
	m, _ := module.ParseMap([]byte(`{"imports": {"lib": "/vendor/lib.js"}}`), base)
	list, _ := module.Imports([]byte(`import { a } from './a.js';
import x from "lib";
const s = "import './not.js'";`))
	for _, i := range list {
		u, _ := m.Resolve(i.Specifier, base)
		fmt.Println(i.Line, u)
	}
	// Output:
	// 1 https://example.com/app/a.js
	// 2 https://example.com/vendor/lib.js
}
