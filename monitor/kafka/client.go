package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const (
	// requestTimeout bounds every request; the largest response must come
	// through within it on a slow line.
	requestTimeout = 30 * time.Second
	// clusterRefresh is how often kafka-go asks for the brokers' addresses.
	clusterRefresh = 3 * time.Second
)

// Client talks to one Kafka cluster. It is safe for concurrent use.
type Client struct {
	cfg       Config
	transport *kafka.Transport
	log       *slog.Logger
}

// NewClient makes a client for the cluster, reading the files that cfg names.
// It connects to nothing: that happens when something is asked.
func NewClient(cfg Config, log *slog.Logger) (*Client, error) {
	if wrong := cfg.CheckFiles("kafka"); len(wrong) > 0 {
		return nil, fmt.Errorf("%s: %s", wrong[0].Path, wrong[0].Message)
	}
	tls, err := cfg.TLS.load()
	if err != nil {
		return nil, err
	}
	mechanism, err := cfg.SASL.load()
	if err != nil {
		return nil, err
	}
	return &Client{
		cfg: cfg,
		log: log,
		transport: &kafka.Transport{
			ClientID:       cfg.ClientID,
			TLS:            tls,
			SASL:           mechanism,
			MetadataTTL:    clusterRefresh,
			MetadataTopics: []string{}, // none: we ask for ours ourselves; nil would mean all
		},
	}, nil
}

// Close ends the client's connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// send makes one request to a node (-1: any broker), in the newest version
// that both sides know unless version says which.
func (c *Client) send(ctx context.Context, node int32, version int16, req kmsg.Request) (*exchange, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	e := &exchange{clientID: c.cfg.ClientID, node: node, version: version, newest: newest(req), req: req}
	if _, err := c.transport.RoundTrip(ctx, kafka.TCP(c.cfg.Brokers...), e); err != nil {
		return nil, err
	}
	return e, nil
}

// newest is the newest version of each request whose meaning is taken into
// account here.
func newest(req kmsg.Request) int16 {
	switch req.(type) {
	case *kmsg.FetchRequest:
		return 13 // from 13 on topics go by id: a recreated one cannot be taken for the old one
	case *kmsg.MetadataRequest:
		return 12 // topic ids since 10
	case *kmsg.ListOffsetsRequest:
		return 7
	}
	return 0
}

// CommitOffsets tells the cluster how far a topic has been read, under the
// name of a group that has no members, for lag dashboards. Nothing is read
// back from there.
func (c *Client) CommitOffsets(ctx context.Context, group, topic string, next map[int32]int64) error {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	commits := make([]kafka.OffsetCommit, 0, len(next))
	for partition, offset := range next {
		commits = append(commits, kafka.OffsetCommit{Partition: int(partition), Offset: offset})
	}
	client := kafka.Client{Addr: kafka.TCP(c.cfg.Brokers...), Transport: c.transport}
	resp, err := client.OffsetCommit(ctx, &kafka.OffsetCommitRequest{
		GroupID:      group,
		GenerationID: -1, // not a member
		Topics:       map[string][]kafka.OffsetCommit{topic: commits},
	})
	if err != nil {
		return fmt.Errorf("committing offsets of the topic %q to the group %q: %w", topic, group, err)
	}
	for _, p := range resp.Topics[topic] {
		if p.Error != nil {
			return fmt.Errorf("committing the offset of partition %d of the topic %q to the group %q: %w", p.Partition, topic, group, p.Error)
		}
	}
	return nil
}

// brokers is the list as messages show it.
func (c *Client) brokers() string {
	return "[" + strings.Join(c.cfg.Brokers, ", ") + "]"
}
