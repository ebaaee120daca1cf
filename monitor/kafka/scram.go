package kafka

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
)

// scram is the SCRAM mechanism of RFC 5802 (with SHA-256 and SHA-512 by RFC
// 7677), without channel binding. Like Kafka's own, it does not prepare
// passwords beyond UTF-8.
type scram struct {
	name               string
	hash               func() hash.Hash
	username, password string
}

func newScram(name, username, password string) (scram, error) {
	s := scram{name: name, username: username, password: password}
	switch name {
	case "SCRAM-SHA-256":
		s.hash = sha256.New
	case "SCRAM-SHA-512":
		s.hash = sha512.New
	default:
		return s, fmt.Errorf("the SASL mechanism %q is not known: use SCRAM-SHA-256 or SCRAM-SHA-512", name)
	}
	return s, nil
}

func (s scram) Name() string { return s.name }

func (s scram) Start(context.Context) (sasl.StateMachine, []byte, error) {
	return s.start(rand.Text())
}

// start begins a conversation with the given nonce.
func (s scram) start(nonce string) (sasl.StateMachine, []byte, error) {
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.username)
	c := &conversation{scram: s, nonce: nonce, clientFirst: "n=" + name + ",r=" + nonce}
	return c, []byte(gs2Header + c.clientFirst), nil
}

// gs2Header says that there is no channel binding and no other identity.
const gs2Header = "n,,"

// conversation is one exchange: the server's first message is answered with
// the proof, its second one must prove that the server knows the password too.
type conversation struct {
	scram
	nonce, clientFirst string
	serverSignature    []byte
}

var errScram = errors.New("the broker's SCRAM message is not one")

func (c *conversation) Next(_ context.Context, challenge []byte) (done bool, response []byte, err error) {
	fields := attributes(string(challenge))
	if e, ok := fields["e"]; ok {
		return false, nil, fmt.Errorf("the broker refused the credentials: %s", e)
	}
	if c.serverSignature == nil {
		response, err = c.prove(string(challenge), fields)
		return false, response, err
	}
	signature, err := base64.StdEncoding.DecodeString(fields["v"])
	if err != nil || !hmac.Equal(signature, c.serverSignature) {
		return false, nil, errors.New("the broker does not know the password it checks: is it the right one?")
	}
	return true, nil, nil
}

func (c *conversation) prove(serverFirst string, fields map[string]string) ([]byte, error) {
	nonce := fields["r"]
	salt, saltErr := base64.StdEncoding.DecodeString(fields["s"])
	iterations, err := strconv.Atoi(fields["i"])
	// A server that asks for too few iterations fishes for the password, one
	// that asks for too many for our time.
	if saltErr != nil || err != nil || !strings.HasPrefix(nonce, c.nonce) || iterations < 4096 || iterations > 1<<20 {
		return nil, errScram
	}
	salted, err := pbkdf2.Key(c.hash, c.password, salt, iterations, c.hash().Size())
	if err != nil {
		return nil, err
	}
	final := "c=" + base64.StdEncoding.EncodeToString([]byte(gs2Header)) + ",r=" + nonce
	message := c.clientFirst + "," + serverFirst + "," + final

	proof := c.mac(salted, "Client Key")
	stored := c.hash()
	stored.Write(proof)
	for i, b := range c.mac(stored.Sum(nil), message) {
		proof[i] ^= b
	}
	c.serverSignature = c.mac(c.mac(salted, "Server Key"), message)
	return []byte(final + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}

func (c *conversation) mac(key []byte, text string) []byte {
	m := hmac.New(c.hash, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// attributes splits "r=abc,s=def" by name.
func attributes(message string) map[string]string {
	out := map[string]string{}
	for part := range strings.SplitSeq(message, ",") {
		name, value, _ := strings.Cut(part, "=")
		out[name] = value
	}
	return out
}
