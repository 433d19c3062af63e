package parse

import (
	"fmt"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"pageload/parse/dom"
)

// Node returns the document as nodes of golang.org/x/net/html, for who wants
// to walk or render it. Each call builds a new tree from the table: elements
// with their attributes and text, without comments. Contents of templates are
// children of the template.
func (d *Document) Node() *html.Node {
	root, _ := d.nodes()
	return root
}

// Query returns the elements that a CSS selector matches, in document order,
// as nodes of a tree as [Document.Node] builds it.
func (d *Document) Query(selector string) ([]*html.Node, error) {
	sel, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil, fmt.Errorf("parse: query: %w", err)
	}
	return cascadia.QueryAll(d.Node(), sel), nil
}

// Elements returns the IDs of the elements that a CSS selector matches.
func (d *Document) Elements(selector string) ([]dom.ID, error) {
	sel, err := cascadia.ParseGroup(selector)
	if err != nil {
		return nil, fmt.Errorf("parse: query: %w", err)
	}
	root, ids := d.nodes()
	var found []dom.ID
	for _, n := range cascadia.QueryAll(root, sel) {
		found = append(found, ids[n])
	}
	return found, nil
}

func (d *Document) nodes() (*html.Node, map[*html.Node]dom.ID) {
	t := d.Table
	root := &html.Node{Type: html.DocumentNode}
	ids := make(map[*html.Node]dom.ID, t.Len())
	byID := make([]*html.Node, t.Len()+1)
	byID[0] = root
	for id := range t.Descendants(0) {
		n := &html.Node{Type: html.ElementNode, Data: t.Tag(id), DataAtom: t.Atom(id)}
		if ns := t.Namespace(id); ns != dom.HTML {
			n.Namespace = ns.String()
		}
		for name, value := range t.Attrs(id) {
			n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
		}
		byID[id], ids[n] = n, id
	}
	for c := t.FirstChild(0); c != 0; c = t.Next(c) {
		root.AppendChild(byID[c])
	}
	for id := range t.Descendants(0) {
		children(t, id, byID)
	}
	return root, ids
}

// children appends the child elements and the texts of an element to its
// node, merged by their places in the source.
func children(t *dom.Table, id dom.ID, byID []*html.Node) {
	n := byID[id]
	c := t.FirstChild(id)
	for at, s := range t.TextSpans(id) {
		for ; c != 0 && t.Offset(c) < at; c = t.Next(c) {
			n.AppendChild(byID[c])
		}
		if last := n.LastChild; last != nil && last.Type == html.TextNode {
			last.Data += s
			continue
		}
		n.AppendChild(&html.Node{Type: html.TextNode, Data: s})
	}
	for ; c != 0; c = t.Next(c) {
		n.AppendChild(byID[c])
	}
}
