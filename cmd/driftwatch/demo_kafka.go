package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

const (
	demoTopic      = "payments"
	demoPartitions = 4
)

// newDemoKafka starts a broker in memory, on loopback.
func newDemoKafka() (*kfake.Cluster, error) {
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1),
		kfake.SeedTopics(demoPartitions, demoTopic),
		kfake.BrokerConfigs(map[string]string{
			// An endless demo must not fill the memory. The reference is learnt,
			// and read again, within the first ten seconds.
			"log.retention.ms":  "120000",
			"log.segment.bytes": "1048576", // memory comes back by whole segments
		}),
	)
	if err != nil {
		return nil, fmt.Errorf("cannot start the demo's Kafka in memory: %w", err)
	}
	return cluster, nil
}

// keepShort drops the oldest records now and then until ctx ends: the broker
// does so by itself only for topics with a retention of their own.
func keepShort(ctx context.Context, cluster *kfake.Cluster) error {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			cluster.ApplyRetention()
		}
	}
}
