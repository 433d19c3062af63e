// Package layout estimates where the boxes of a document come to lie, from its
// elements and the boxes that their style gives them, as far as a page loader
// asks: which lazy images and frames are near the window, and how wide an image is.
//
// It knows blocks and their collapsing margins, lines of text, floats,
// flexible boxes, grids, tables, columns, positioned boxes and replaced elements.
// What it leaves out moves boxes by a little, or is rare: exact widths of
// letters (it has those of Arial, Times and Courier, whatever the font is),
// baselines, transforms, writing modes other than left to right, fragments of
// inline boxes. An image whose size neither markup nor style tells has no height before
// it is loaded, as in a browser.
//
//	boxes := styler.Boxes(table, base, device)
//	page := layout.Compute(table, boxes, device)
//	where := page.Rect(id)
//
// The rules are those of CSS 2.2, sections 9 and 10, CSS Flexbox 1 and CSS Grid 2.
package layout
