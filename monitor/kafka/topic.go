package kafka

import (
	"context"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kmsg"

	"driftwatch/rules"
)

// noLeader stands for the leader of a partition that has none now.
const noLeader = int32(-1)

// topicState is what the cluster says about a topic.
type topicState struct {
	id      [16]byte        // zero: the cluster is too old for topic ids
	leaders map[int32]int32 // by partition
}

func (t topicState) idText() string {
	if t.id == ([16]byte{}) {
		return ""
	}
	return hex.EncodeToString(t.id[:])
}

// topic asks for a topic's id and leaders. It fails with a kafka.Error where
// the cluster answers with one.
func (c *Client) topic(ctx context.Context, name string) (topicState, error) {
	topics, err := c.metadata(ctx, &name)
	if err != nil {
		return topicState{}, err
	}
	if len(topics) != 1 {
		return topicState{}, fmt.Errorf("asked about one topic, the broker answered about %d", len(topics))
	}
	t := topics[0]
	if t.ErrorCode != 0 {
		return topicState{}, kafka.Error(t.ErrorCode)
	}
	out := topicState{id: t.TopicID, leaders: make(map[int32]int32, len(t.Partitions))}
	for _, p := range t.Partitions {
		out.leaders[p.Partition] = p.Leader
	}
	return out, nil
}

// metadata asks about one topic, or about all for nil.
func (c *Client) metadata(ctx context.Context, name *string) ([]kmsg.MetadataResponseTopic, error) {
	req := kmsg.NewPtrMetadataRequest()
	if name != nil {
		req.Topics = []kmsg.MetadataRequestTopic{{Topic: name}}
	}
	e, err := c.send(ctx, -1, unknownVersion, req)
	if err != nil {
		return nil, err
	}
	return e.resp.(*kmsg.MetadataResponse).Topics, nil
}

// What ListOffsets takes instead of a time.
const (
	atEarliest = int64(-2)
	atLatest   = int64(-1)
)

// offsets asks the leaders of the given partitions for an offset each:
// atEarliest, atLatest (the last stable one), or the first whose timestamp is
// at least the given one, -1 if there is none.
func (c *Client) offsets(ctx context.Context, topic string, leaders map[int32]int32, at int64) (map[int32]int64, error) {
	byLeader := map[int32][]kmsg.ListOffsetsRequestTopicPartition{}
	for partition, leader := range leaders {
		if leader == noLeader {
			return nil, kafka.LeaderNotAvailable
		}
		p := kmsg.NewListOffsetsRequestTopicPartition()
		p.Partition, p.Timestamp = partition, at
		byLeader[leader] = append(byLeader[leader], p)
	}
	out := make(map[int32]int64, len(leaders))
	for leader, partitions := range byLeader {
		req := kmsg.NewPtrListOffsetsRequest()
		req.ReplicaID = -1
		req.IsolationLevel = readCommitted
		req.Topics = []kmsg.ListOffsetsRequestTopic{{Topic: topic, Partitions: partitions}}
		e, err := c.send(ctx, leader, unknownVersion, req)
		if err != nil {
			return nil, err
		}
		for _, t := range e.resp.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				if p.ErrorCode != 0 {
					return nil, kafka.Error(p.ErrorCode)
				}
				out[p.Partition] = p.Offset
			}
		}
	}
	for partition := range leaders {
		if _, ok := out[partition]; !ok {
			return nil, fmt.Errorf("the broker said nothing about partition %d", partition)
		}
	}
	return out, nil
}

// Check finds out whether the topic can be read, once, and says in a sentence
// what is wrong: no broker can be reached, the credentials are refused, or
// there is no such topic.
func (c *Client) Check(ctx context.Context, topic string) error {
	state, err := c.topic(ctx, topic)
	if err == nil {
		_, err = c.offsets(ctx, topic, state.leaders, atEarliest)
	}
	return c.explain(ctx, topic, err)
}

// explain makes the sentence for the person who must act.
func (c *Client) explain(ctx context.Context, topic string, err error) error {
	var network net.Error
	var certificate *tls.CertificateVerificationError
	var token tokenError
	switch {
	case err == nil, ctx.Err() != nil:
		return err
	case errors.Is(err, kafka.UnknownTopicOrPartition):
		return MissingTopicError{fmt.Errorf("the topic %q does not exist on %s%s", topic, c.brokers(), c.nearest(ctx, topic))}
	case errors.Is(err, kafka.TopicAuthorizationFailed):
		return fmt.Errorf("driftwatch may not read the topic %q on %s: give its user the permissions Describe and Read: %w", topic, c.brokers(), err)
	case errors.Is(err, kafka.InvalidTopic):
		return fmt.Errorf("%q cannot be the name of a topic: %w", topic, err)
	case errors.Is(err, kafka.LeaderNotAvailable):
		return UnreachableError{fmt.Errorf("a partition of the topic %q has no leader now: %w", topic, err)}
	case errors.Is(err, kafka.SASLAuthenticationFailed), errors.Is(err, kafka.UnsupportedSASLMechanism):
		return fmt.Errorf("%s refused to let driftwatch in; check kafka.sasl: %w", c.brokers(), err)
	case errors.As(err, &token) && token.away:
		return UnreachableError{fmt.Errorf("%s lets nobody in without a token; check kafka.sasl.token_url: %w", c.brokers(), err)}
	case errors.As(err, &token):
		return fmt.Errorf("%s lets nobody in without a token; check kafka.sasl: %w", c.brokers(), err)
	case errors.As(err, &certificate):
		return fmt.Errorf("the certificate of %s cannot be trusted; check kafka.tls.ca_file and the names in kafka.brokers: %w", c.brokers(), err)
	case remoteAlert(err):
		return fmt.Errorf("%s does not take the certificate of driftwatch; check kafka.tls.cert_file: %w", c.brokers(), err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return UnreachableError{fmt.Errorf("%s closed the connection; if it expects TLS or a login, see kafka.tls and kafka.sasl: %w", c.brokers(), err)}
	case errors.As(err, &network), errors.Is(err, context.DeadlineExceeded):
		return UnreachableError{fmt.Errorf("cannot reach any broker of %s: %w; check kafka.brokers", c.brokers(), err)}
	}
	return fmt.Errorf("asking %s about the topic %q: %w", c.brokers(), topic, err)
}

// remoteAlert says that the other side ended the TLS handshake over our certificate,
// or over our not having one.
func remoteAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error" && strings.Contains(op.Err.Error(), "certificate")
}

// nearest names the topic that was probably meant, for the end of a sentence.
func (c *Client) nearest(ctx context.Context, topic string) string {
	topics, err := c.metadata(ctx, nil)
	if err != nil {
		return ""
	}
	var names []string
	for _, t := range topics {
		if t.Topic != nil && !t.IsInternal {
			names = append(names, *t.Topic)
		}
	}
	if best := rules.Nearest(topic, names); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return ""
}

// MissingTopicError says that the cluster does not have the topic.
type MissingTopicError struct{ error }

// UnreachableError says that no broker answers, or not yet: it is no verdict on
// what was asked.
type UnreachableError struct{ error }

// Unwrap gives what the connection said.
func (e UnreachableError) Unwrap() error { return e.error }
