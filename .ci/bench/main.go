// Command bench measures how fast driftwatch is, beside what others take on the
// same machine in the same run, and stage by stage.
//
//	go run ./.ci/bench kafka --broker HOST:PORT    from a real broker, beside franz-go's bare read
//	go run ./.ci/bench file [--python PYTHON]      from a file, beside DuckDB, Polars and Python
//	go run ./.ci/bench scale --broker HOST:PORT    by features, segments, partitions, sizes, codecs, cores
//	go run ./.ci/bench latency --broker HOST:PORT  of a topic that is written to meanwhile
//
// .ci/bench/run brings all that they need. Every figure is of a whole process: its
// time from start to the last record and what the system says of its CPU and memory.
// What is compared takes turns, and medians are shown.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// bench is one run of the program.
type bench struct {
	dir    string // for all that it writes
	binary string // driftwatch
	broker string
	python string
	n      int
	rounds int
	least  float64 // ratio
	script string  // what python runs
	cores  int     // of the service; 0: all
	only   string  // pattern of rows of scale
}

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("name what to measure: kafka, file, scale or latency")
	}
	b := &bench{}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&b.broker, "broker", "localhost:9092", "address of a Kafka broker")
	flags.StringVar(&b.python, "python", "", "a Python that has duckdb, polars, numpy and msgspec")
	flags.IntVar(&b.n, "records", 4_000_000, "how many records")
	flags.IntVar(&b.rounds, "rounds", 3, "how often each is measured")
	flags.Float64Var(&b.least, "least", 0, "fail where the ratio is less than this")
	flags.StringVar(&b.only, "only", "", "of scale: the rows whose name matches this regular expression")
	mode := flags.String("mode", "", "of a child: what it does")
	topic := flags.String("topic", "", "of a child: what it reads")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	if args[0] == "child" {
		return child(ctx, *mode, b.broker, *topic, b.n)
	}
	var err error
	if b.script, err = filepath.Abs(".ci/bench/batch.py"); err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "driftwatch-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.dir)
	b.binary = filepath.Join(b.dir, "driftwatch")
	if out, err := exec.Command("go", "build", "-o", b.binary, "./cmd/driftwatch").CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w\n%s", err, out)
	}
	switch args[0] {
	case "kafka":
		return b.kafka(ctx)
	case "file":
		return b.file(ctx)
	case "scale":
		return b.scale(ctx)
	case "latency":
		return b.latency(ctx)
	}
	return fmt.Errorf("%q is nothing that can be measured: kafka, file, scale and latency are", args[0])
}
