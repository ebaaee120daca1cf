package kafka_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// admin returns a client for requests that ours does not make.
func (pl place) admin(t testing.TB) *kgo.Client {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(pl.brokers...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// must fails the test if a request or its only answer failed.
func must(t testing.TB, err error, code func() int16) {
	t.Helper()
	if err == nil {
		err = kerr.ErrorForCode(code())
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (pl place) createTopic(t testing.TB, partitions int32, configs map[string]string) {
	t.Helper()
	req := kmsg.NewPtrCreateTopicsRequest()
	rt := kmsg.NewCreateTopicsRequestTopic()
	rt.Topic, rt.NumPartitions, rt.ReplicationFactor = pl.topic, partitions, 1
	for name, value := range configs {
		c := kmsg.NewCreateTopicsRequestTopicConfig()
		c.Name, c.Value = name, &value
		rt.Configs = append(rt.Configs, c)
	}
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(t.Context(), pl.admin(t))
	must(t, err, func() int16 { return resp.Topics[0].ErrorCode })
}

func (pl place) deleteTopic(t *testing.T) {
	t.Helper()
	req := kmsg.NewPtrDeleteTopicsRequest()
	req.TopicNames = []string{pl.topic}
	rt := kmsg.NewDeleteTopicsRequestTopic()
	rt.Topic = &pl.topic
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(t.Context(), pl.admin(t))
	must(t, err, func() int16 { return resp.Topics[0].ErrorCode })
}

// recreateTopic deletes the topic and makes another one of the same name.
func (pl place) recreateTopic(t *testing.T) {
	t.Helper()
	pl.deleteTopic(t)
	time.Sleep(100 * time.Millisecond) // a broker forgets the name a moment later
	pl.createTopic(t, 1, nil)
}

func (pl place) addPartition(t *testing.T, count int32) {
	t.Helper()
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = pl.topic, count
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(t.Context(), pl.admin(t))
	must(t, err, func() int16 { return resp.Topics[0].ErrorCode })
}

// deleteRecords drops what partition 0 holds below the offset.
func (pl place) deleteRecords(t *testing.T, offset int64) {
	t.Helper()
	req := kmsg.NewPtrDeleteRecordsRequest()
	rt := kmsg.NewDeleteRecordsRequestTopic()
	rt.Topic = pl.topic
	rp := kmsg.NewDeleteRecordsRequestTopicPartition()
	rp.Offset = offset
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(t.Context(), pl.admin(t))
	must(t, err, func() int16 { return resp.Topics[0].Partitions[0].ErrorCode })
}

// committed is what a group has committed for the topic.
func (pl place) committed(t *testing.T, group string) map[int32]int64 {
	t.Helper()
	req := kmsg.NewPtrOffsetFetchRequest()
	rg := kmsg.NewOffsetFetchRequestGroup()
	rg.Group, rg.MemberEpoch = group, -1
	rt := kmsg.NewOffsetFetchRequestGroupTopic()
	rt.Topic, rt.Partitions = pl.topic, []int32{0, 1}
	rg.Topics = append(rg.Topics, rt)
	req.Groups = append(req.Groups, rg)
	resp, err := req.RequestWith(t.Context(), pl.admin(t))
	must(t, err, func() int16 { return resp.Groups[0].ErrorCode })
	out := map[int32]int64{}
	for _, p := range resp.Groups[0].Topics[0].Partitions {
		out[p.Partition] = p.Offset
	}
	return out
}
