// Package css finds out what a page's style makes a browser fetch.
//
// It reads style sheets as far as they can matter to a request: imports,
// @font-face, and the declarations that name images, documents and fonts or
// decide whether an element is rendered. A [Styler] matches the rules against a
// [dom.Table], runs the cascade, and lists the requests in the order in which
// Chromium makes them. Beside that it answers the questions that markup asks:
// media queries ([ParseMedia]), sizes ([ParseSizes]) and srcset ([SelectSrcset]).
//
// It computes no layout, no colours and no lengths of boxes: whoever needs a
// computed style or a serialised sheet needs another package.
//
// To list all URLs of one sheet, use [ParseSheet] and [Sheet.Refs]. To do what a
// browser does, give a [Styler] the sheets of the document and call
// [Styler.Collect].
package css
