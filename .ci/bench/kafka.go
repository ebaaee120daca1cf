package main

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// kafka measures from a real broker: the product, its stages, and others' bare reading
// of the same topic.
func (b *bench) kafka(ctx context.Context) error {
	const partitions = 4
	name := fmt.Sprintf("bench-%d", time.Now().UnixNano())
	if err := b.topic(ctx, topic{name, usual, partitions, "lz4"}, b.n); err != nil {
		return err
	}
	defer func() { _ = b.drop(ctx, name) }()
	if err := b.prepare(ctx, usual, name); err != nil {
		return err
	}
	reading := func(mode string) func() (cost, error) {
		return func() (cost, error) { return b.child(ctx, mode, name, b.n) }
	}
	subjects := []subject{
		{"kafka-go Reader, reads only", reading("kafka-go")},
		{"franz-go, reads only", reading("franz-go")},
		{"driftwatch: fetch, checksums, offsets", reading("fetch")},
		{"… and decompress, records", reading("records")},
		{"… and JSON, 16 fields", reading("decode")},
		{"driftwatch run: all, committed", func() (cost, error) { return b.service(ctx, b.n) }},
	}
	fmt.Printf("From Kafka: %d records of %d bytes, LZ4, %d partitions; driftwatch counts 15 features. %d rounds in turn, medians.\n\n", b.n, usual.Size, partitions, b.rounds)
	all, err := b.inTurn(subjects)
	if err != nil {
		return err
	}
	table(subjects, all)
	product, franz := all[len(all)-1], all[1]
	b.ratio("driftwatch's records/s to those of franz-go's bare read", product, franz)
	return b.guard(product, franz)
}

// subject is something to be measured.
type subject struct {
	name string
	run  func() (cost, error)
}

// inTurn measures all, one after the other, and that b.rounds times.
func (b *bench) inTurn(subjects []subject) ([][]cost, error) {
	all := make([][]cost, len(subjects))
	for range b.rounds {
		for i, s := range subjects {
			c, err := s.run()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			all[i] = append(all[i], c)
		}
	}
	return all, nil
}

func table(subjects []subject, all [][]cost) {
	fmt.Println("| | records/s | CPU ns/record | memory |\n| --- | ---: | ---: | ---: |")
	for i, s := range subjects {
		c := median(all[i])
		fmt.Printf("| %s | %s | %s | %d MB |\n", s.name, thousands(c.rate()), c.perCPU(), c.resident/1_000_000)
	}
}

func (b *bench) ratio(what string, x, y []cost) {
	r := ratios(x, y, cost.rate)
	fmt.Printf("\nRatio of %s: median %.2f (%.2f to %.2f).\n", what, r[len(r)/2], r[0], r[len(r)-1])
}

// guard fails where the median ratio is less than asked for.
func (b *bench) guard(x, y []cost) error {
	r := ratios(x, y, cost.rate)
	if r[len(r)/2] < b.least {
		return fmt.Errorf("the ratio is %.2f, and it must not be less than %.2f", r[len(r)/2], b.least)
	}
	return nil
}

func thousands(x float64) string {
	s := strconv.Itoa(int(x/1000) * 1000)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
