// Package table writes a waterfall as a table, a row a request, for spreadsheets
// and for programs that read lines.
//
//	err := table.CSV(file, page.Waterfall())
//	err := table.JSONLines(file, page.Waterfall())
//
// Both have the same columns under the same names, see [Columns]. Times are
// milliseconds with three decimals, start and end after the navigation began; a
// phase that did not happen is an empty cell in CSV and null in JSON. Who needs
// more than a table holds writes a HAR.
package table
