package kafka

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// maxResponse bounds what one response may make us allocate: a broker's
// largest message is far below it.
const maxResponse = 256 << 20

// unknownVersion asks an exchange to find out which version the broker speaks.
const unknownVersion = int16(-1)

// exchange is one request and its response, encoded by kmsg and carried by
// kafka-go's Transport, which keeps connections, TLS and SASL: kafka-go's own
// messages stop before topic ids and decode record batches in ways we cannot use.
type exchange struct {
	clientID string
	node     int32 // -1: any of the configured brokers
	version  int16 // unknownVersion: negotiated on the connection
	newest   int16 // the newest version whose meaning we know
	req      kmsg.Request
	resp     kmsg.Response
}

var (
	_ protocol.RawExchanger  = (*exchange)(nil)
	_ protocol.BrokerMessage = (*exchange)(nil)
)

//nolint:staticcheck // ST1003: the name is that of the interface.
func (e *exchange) ApiKey() protocol.ApiKey { return protocol.ApiKey(e.req.Key()) }

func (e *exchange) Broker(cluster protocol.Cluster) (protocol.Broker, error) {
	if e.node < 0 {
		return protocol.Broker{ID: -1}, nil
	}
	b, ok := cluster.Brokers[e.node]
	if !ok {
		return protocol.Broker{ID: -1}, kafka.BrokerNotAvailable
	}
	return b, nil
}

func (e *exchange) Required(map[protocol.ApiKey]int16) bool { return true }

func (e *exchange) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	if e.version == unknownVersion {
		v, err := negotiate(rw, e.clientID, e.req.Key(), e.newest)
		if err != nil {
			return nil, err
		}
		e.version = v
	}
	e.req.SetVersion(e.version)
	body, err := transmit(rw, e.clientID, e.req)
	if err != nil {
		return nil, err
	}
	e.resp = e.req.ResponseKind()
	if err := e.resp.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("reading the broker's answer to a %s request: %w", kmsg.Key(e.req.Key()).Name(), err)
	}
	return e, nil
}

// negotiate asks the broker at the other end which versions of a request it
// knows and picks the newest that we know too.
func negotiate(rw io.ReadWriter, clientID string, key, newest int16) (int16, error) {
	req := kmsg.NewPtrApiVersionsRequest() // version 0, which every broker answers
	body, err := transmit(rw, clientID, req)
	if err != nil {
		return 0, err
	}
	resp := kmsg.NewPtrApiVersionsResponse()
	if err := resp.ReadFrom(body); err != nil {
		return 0, fmt.Errorf("reading the broker's versions: %w", err)
	}
	if resp.ErrorCode != 0 {
		return 0, kafka.Error(resp.ErrorCode)
	}
	for _, k := range resp.ApiKeys {
		if k.ApiKey == key && k.MinVersion <= newest {
			return min(k.MaxVersion, newest), nil
		}
	}
	return 0, fmt.Errorf("the broker does not speak a version of %s that driftwatch knows", kmsg.Key(key).Name())
}

// transmit writes a request and reads the body of its response. The connection
// carries one request at a time, so the correlation id is constant.
func transmit(rw io.ReadWriter, clientID string, req kmsg.Request) ([]byte, error) {
	const correlation = 1
	format := kmsg.NewRequestFormatter(kmsg.FormatterClientID(clientID))
	if _, err := rw.Write(format.AppendRequest(nil, req, correlation)); err != nil {
		return nil, err
	}
	var head [8]byte
	if _, err := io.ReadFull(rw, head[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(head[:4])
	if size < 4 || size > maxResponse || binary.BigEndian.Uint32(head[4:]) != correlation {
		return nil, fmt.Errorf("what answers (%d bytes announced) does not speak Kafka's protocol", size)
	}
	body := make([]byte, size-4)
	if _, err := io.ReadFull(rw, body); err != nil {
		return nil, err
	}
	return skipHeader(body, req)
}

// skipHeader drops the tagged fields that a flexible response's header ends in.
func skipHeader(body []byte, req kmsg.Request) ([]byte, error) {
	if resp := req.ResponseKind(); !resp.IsFlexible() || resp.Key() == apiVersionsKey {
		return body, nil
	}
	tags, n := binary.Uvarint(body)
	if n <= 0 {
		return nil, io.ErrUnexpectedEOF
	}
	for body = body[n:]; tags > 0; tags-- {
		_, n := binary.Uvarint(body)
		size, m := binary.Uvarint(body[max(n, 0):])
		if n <= 0 || m <= 0 || size > uint64(len(body)-n-m) {
			return nil, io.ErrUnexpectedEOF
		}
		body = body[n+m+int(size):]
	}
	return body, nil
}

// apiVersionsKey is the one API whose response header is never flexible, so
// that clients that know nothing yet can read it.
const apiVersionsKey = 18
