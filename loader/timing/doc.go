// Package timing shows a waterfall as a page's own scripts would see it: the
// entries of W3C Resource Timing and Navigation Timing Level 2.
//
//	err := timing.Write(file, page.Waterfall())
//
// writes what JSON.stringify(performance.getEntries()) gives of the main
// document's navigation and resources. It says less than the waterfall does,
// which is the point: it can be compared with what real users' browsers report.
//
// Fields are those of the specifications, in milliseconds after the navigation
// began, 0 where they say so. In particular:
//
//   - A redirect chain is one entry, under the URL that was asked for first.
//   - What is of another origin hides everything but when it began and ended
//     unless its responses, redirects included, have a Timing-Allow-Origin that
//     names the document's origin or * (Fetch, TAO check). Its status shows where
//     it was asked for with CORS.
//   - A navigation hides redirects of another origin than the document's.
//   - On a connection that was there, lookup and connect are at fetchStart.
//   - transferSize is the body as it came and 300 bytes for the head, whatever
//     its size (Resource Timing section 4.3); 0 from a cache.
//   - Frames are entries of type iframe; what they load belongs to their own
//     timelines and is left out. So is what a policy refused before it was sent,
//     and data: URLs.
//
// Where the waterfall does not know, it says so by zero: firstInterimResponseStart,
// decodedBodySize of a coded body that nobody decoded, all of service workers.
// Times are not coarsened.
package timing
