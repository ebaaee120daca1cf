package monitor

// keySamples are samples of the values of some fields, by field.
type keySamples struct{}

func (p *plan) newKeySamples() keySamples { return keySamples{} }

func (s keySamples) merge(keySamples)         {}
func (s keySamples) reset()                   {}
func (s keySamples) append(dst []byte) []byte { return dst }
func (s keySamples) decode([]byte) error      { return nil }
