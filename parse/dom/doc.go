// Package dom is the element table of an HTML document: which elements there
// are, how they nest, their attributes and their text, kept in a few flat
// arrays that grow while the document arrives.
//
// It answers what selector matching and a page loader ask (parent, siblings,
// position, id, classes, attributes, text) and it does so without a node
// object for each element. Attributes and text are ranges of the document's
// source, so an element costs some seventy bytes and no allocation.
//
// It is no DOM: there are no comments, no events and no order between an
// element's text and its element children. Who needs a tree to edit or to
// render takes golang.org/x/net/html, which package parse offers as a view.
//
// Documents come from package parse. A [Table] for a test is made by hand:
//
//	var t dom.Table
//	body := t.Add(0, "body", "class", "wide")
//	t.AddText(body, "hello")
package dom
