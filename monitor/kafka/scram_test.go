package kafka_test

import (
	"slices"
	"strings"
	"testing"

	"driftwatch/monitor/kafka"
)

// The example of RFC 7677, section 3.
const (
	rfcServerFirst = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	rfcServerFinal = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
)

func TestScramAgreesWithTheRFC(t *testing.T) {
	got, err := kafka.Converse("SCRAM-SHA-256", "user", "pencil", "rOprNGfwEbeRWgbNEkqO", rfcServerFirst, rfcServerFinal)
	want := []string{
		"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
		"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("sent %q, %v", got, err)
	}
}

func TestScramDistrustsTheServer(t *testing.T) {
	for name, server := range map[string][]string{
		"another nonce":       {strings.Replace(rfcServerFirst, "rOpr", "xOpr", 1)},
		"few iterations":      {strings.Replace(rfcServerFirst, "i=4096", "i=1", 1)},
		"endless iterations":  {strings.Replace(rfcServerFirst, "i=4096", "i=2000000000", 1)},
		"no salt":             {strings.Replace(rfcServerFirst, "W22Z", "????", 1)},
		"a wrong signature":   {rfcServerFirst, "v=AAAA"},
		"no signature":        {rfcServerFirst, ""},
		"a refusal":           {rfcServerFirst, "e=invalid-proof"},
		"an early conclusion": {rfcServerFinal},
	} {
		if got, err := kafka.Converse("SCRAM-SHA-256", "user", "pencil", "rOprNGfwEbeRWgbNEkqO", server...); err == nil {
			t.Errorf("%s: accepted, sent %q", name, got)
		}
	}
}
