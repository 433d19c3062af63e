package css

type selectorContext struct{ depth int }

func parseSelectorList(c cursor, _ selectorContext) ([]struct{}, error) { return nil, nil }

func propertyByName(string) (int, bool) { return 0, false }

func validDeclaration(string, cursor) bool { return true }
