package kafka

import (
	"sync"
	"time"
)

// troubles are why partitions cannot be read, for whoever asks.
type troubles struct {
	mu   sync.Mutex // protects last
	last map[int32]error
}

// set takes down how the last try went; nil: it succeeded.
func (t *troubles) set(partition int32, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		delete(t.last, partition)
		return
	}
	if t.last == nil {
		t.last = map[int32]error{}
	}
	t.last[partition] = err
}

// Trouble is why the last fetch from a partition failed; nil: it did not.
func (s *Source) Trouble(partition int32) error {
	s.troubles.mu.Lock()
	defer s.troubles.mu.Unlock()
	return s.troubles.last[partition]
}

// sayAgain is how often a failure that goes on is logged: often enough to be
// found in the log of the hour, too seldom to fill it.
const sayAgain = time.Minute

// outage is a failure that is tried again and again, as the log tells of it.
type outage struct {
	said  bool      // and its end was not
	again time.Time // not said before
}

// fails says whether to log a failure.
func (o *outage) fails(now time.Time) bool {
	if now.Before(o.again) {
		return false
	}
	o.said, o.again = true, now.Add(sayAgain)
	return true
}

// ends says whether to log that it works again.
func (o *outage) ends() bool {
	said := o.said
	o.said = false
	return said
}
