package main

import (
	"context"
	"fmt"
	"regexp"
	"time"
)

// variant is a topic, and what reads it.
type variant struct {
	name       string
	shape      shape
	partitions int
	codec      string
	n          int // records
	cores      int // 0: all
}

// scale shows how the cost grows with each dimension of the work.
func (b *bench) scale(ctx context.Context) error {
	only, err := regexp.Compile(b.only)
	if err != nil {
		return err
	}
	fmt.Printf("| from Kafka, driftwatch run | records | records/s | CPU ns/record | memory |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, v := range variants(b.n) {
		if !only.MatchString(v.name) {
			continue
		}
		if err := b.row(ctx, v); err != nil {
			return fmt.Errorf("%s: %w", v.name, err)
		}
	}
	return nil
}

// variants differ from the first in one thing or two.
func variants(n int) []variant {
	var all []variant
	add := func(name string, change func(*variant)) {
		v := variant{name, usual, 4, "lz4", n, 0}
		change(&v)
		all = append(all, v)
	}
	add("a topic of 1,000 records/s: 15 features, 4 partitions, 400 B, LZ4, all cores", func(*variant) {})
	add("1 core", func(v *variant) { v.cores = 1 })
	for _, more := range []int{-10, 5, 85, 485} {
		add(fmt.Sprintf("%d features", 15+more), func(v *variant) {
			v.shape.More, v.shape.Size, v.n = more, 400+14*max(0, more), n/(1+max(0, more)/15)
		})
	}
	// What is done for each pane, a minute, is the less the more records that has.
	for _, rate := range []int{1, 100} {
		topic := fmt.Sprintf("a topic of %d,000 records/s", rate)
		if rate != usual.Rate {
			add(topic, func(v *variant) { v.shape.Rate = rate })
		}
		for _, segments := range []int{200, 1000} {
			add(fmt.Sprintf("%s, %d segments", topic, segments), func(v *variant) {
				v.shape.Rate, v.shape.Segments, v.shape.Commits = rate, segments, 1000
			})
		}
		for _, partitions := range []int{1, 64} {
			add(fmt.Sprintf("%s, partitions: %d", topic, partitions), func(v *variant) { v.shape.Rate, v.partitions = rate, partitions })
		}
	}
	add("1000 segments, 20 features, windows of 60 panes", func(v *variant) {
		v.shape.Segments, v.shape.More, v.shape.Size, v.shape.Panes, v.shape.Commits = 1000, 5, 470, 60, 1000
		v.n = max(v.n, 65*60_000)
	})
	add("100 B a record, 2 features", func(v *variant) { v.shape.Size, v.shape.More, v.n = 100, -13, 2*n })
	for _, size := range []int{1 << 10, 10 << 10, 100 << 10} {
		add(fmt.Sprintf("%d kB a record", size>>10), func(v *variant) { v.shape.Size, v.n = size, n/(size/400) })
	}
	for _, codec := range []string{"none", "gzip", "snappy", "zstd"} {
		add("compression: "+codec, func(v *variant) { v.codec = codec })
	}
	return all
}

// row measures a variant and prints what it cost.
func (b *bench) row(ctx context.Context, v variant) error {
	name := fmt.Sprintf("scale-%d", time.Now().UnixNano())
	b.cores = v.cores
	if err := b.topic(ctx, topic{name, v.shape, v.partitions, v.codec}, v.n); err != nil {
		return err
	}
	if err := b.prepare(ctx, v.shape, name); err != nil {
		return err
	}
	costs, err := b.inTurn([]subject{{v.name, func() (cost, error) { return b.service(ctx, v.n) }}})
	if err != nil {
		return err
	}
	if v.shape.Panes > usual.Panes {
		restart, err := b.again(ctx, v.n)
		if err != nil {
			return err
		}
		v.name += fmt.Sprintf("; the restart takes %.1f s", restart.wall.Seconds())
	}
	c := median(costs[0])
	fmt.Printf("| %s | %d | %s | %s | %d MB |\n", v.name, v.n, thousands(c.rate()), c.perCPU(), c.resident/1_000_000)
	return b.drop(ctx, name)
}
