// Command otel writes the OpenTelemetry spans of a load, which it reads from a
// HAR, as JSON to standard output.
//
//	go run ../waterfall -quiet -har load.har
//	go run . load.har
//
// In a program that has a tracer provider use package spans with the waterfall
// itself. It exits with 0 where all was written, 1 where it was not, and 2 for
// unusable arguments.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"

	"pageload/examples/otel/spans"
	"pageload/loader/har"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: otel FILE.har")
		os.Exit(2)
	}
	f, err := os.Open(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "otel:", err)
		os.Exit(2)
	}
	defer f.Close()
	if err := export(context.Background(), f, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "otel:", err)
		os.Exit(1)
	}
}

// export reads a HAR and writes its spans. What could be read of a HAR that is
// broken is written all the same.
func export(ctx context.Context, r io.Reader, w io.Writer) error {
	wf, broken := har.Read(r, har.ReadOptions{})
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(w))
	if err != nil {
		return err
	}
	provider := sdk.NewTracerProvider(sdk.WithSyncer(exporter), sdk.WithResource(resource.NewSchemaless(attribute.String("service.name", "pageload"))))
	spans.Record(ctx, provider.Tracer("pageload"), wf)
	return errors.Join(broken, provider.Shutdown(ctx))
}
