package main

import (
	"context"
	"fmt"
	"regexp"
	"time"
)

// scale shows how the cost grows with each dimension of the work.
func (b *bench) scale(ctx context.Context) error {
	only, err := regexp.Compile(b.only)
	if err != nil {
		return err
	}
	type variant struct {
		name       string
		shape      shape
		partitions int
		codec      string
		n          int
		cores      int
	}
	base := variant{"", usual, 4, "lz4", b.n, 0}
	var all []variant
	add := func(name string, change func(*variant)) {
		v := base
		v.name = name
		change(&v)
		if only.MatchString(name) {
			all = append(all, v)
		}
	}
	add("a topic of 1,000 records/s; 15 features, 4 partitions, 400 B, LZ4, all cores", func(*variant) {})
	add("1 core", func(v *variant) { v.cores = 1 })
	for _, n := range []int{-10, 5, 85, 485} {
		add(fmt.Sprintf("%d features", 15+n), func(v *variant) {
			v.shape.More, v.shape.Size, v.n = n, 400+14*max(0, n), b.n/(1+max(0, n)/15)
		})
	}
	// What is done for each pane, a minute, is the less the more records that has.
	for _, rate := range []int{1, 100} {
		topic := fmt.Sprintf("a topic of %d,000 records/s", rate)
		if rate != usual.Rate {
			add(topic, func(v *variant) { v.shape.Rate = rate })
		}
		for _, n := range []int{200, 1000} {
			add(fmt.Sprintf("%s, %d segments", topic, n), func(v *variant) { v.shape.Rate, v.shape.Segments, v.shape.Commits = rate, n, 1000 })
		}
		for _, n := range []int{1, 64} {
			add(fmt.Sprintf("%s, partitions: %d", topic, n), func(v *variant) { v.shape.Rate, v.partitions = rate, n })
		}
	}
	add("1000 segments, 20 features, windows of 60 panes", func(v *variant) {
		v.shape.Segments, v.shape.More, v.shape.Size, v.shape.Panes, v.shape.Commits = 1000, 5, 470, 60, 1000
		v.n = max(v.n, 65*60_000)
	})
	add("100 B a record, 2 features", func(v *variant) { v.shape.Size, v.shape.More, v.n = 100, -13, 2*b.n })
	for _, n := range []int{1 << 10, 10 << 10, 100 << 10} {
		add(fmt.Sprintf("%d kB a record", n>>10), func(v *variant) { v.shape.Size, v.n = n, b.n/(n/400) })
	}
	for _, c := range []string{"none", "gzip", "snappy", "zstd"} {
		add("compression: "+c, func(v *variant) { v.codec = c })
	}
	fmt.Printf("| from Kafka, driftwatch run | records | records/s | CPU ns/record | memory |\n| --- | ---: | ---: | ---: | ---: |\n")
	for i, v := range all {
		name := fmt.Sprintf("scale-%d-%d", i, time.Now().UnixNano())
		of := *b
		of.n, of.cores = v.n, v.cores
		if err := of.topic(ctx, topic{name, v.shape, v.partitions, v.codec}, v.n); err != nil {
			return err
		}
		if err := of.prepare(ctx, v.shape, name); err != nil {
			return err
		}
		costs, err := of.inTurn([]subject{{v.name, func() (cost, error) { return of.service(ctx, v.n) }}})
		if err != nil {
			return err
		}
		c := median(costs[0])
		if v.shape.Panes > usual.Panes {
			restart, err := of.again(ctx, v.n)
			if err != nil {
				return err
			}
			v.name += fmt.Sprintf("; the restart takes %.1f s", restart.wall.Seconds())
		}
		fmt.Printf("| %s | %d | %s | %s | %d MB |\n", v.name, v.n, thousands(c.rate()), c.perCPU(), c.resident/1_000_000)
		if err := b.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}
