package monitor

import (
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func matcherOf(t testing.TB, name string) func([]byte) bool {
	t.Helper()
	match, ok := formatMatcher(name)
	if !ok {
		t.Fatalf("there is no format %s", name)
	}
	return match
}

// formatExamples are texts that have the format, and some that do not.
var formatExamples = map[string]struct{ yes, no []string }{
	"date": {
		yes: []string{"2026-11-24", "2024-02-29", "2000-02-29", "0000-01-01", "9999-12-31"},
		no:  []string{"", "2026-02-29", "2100-02-29", "2026-04-31", "2026-13-01", "2026-00-10", "2026-11-00", "2026-1-24", "26-11-24", "2026/11/24", "20261124", " 2026-11-24", "2026-11-24T10:00:00Z", "2026-11-2x", "+026-11-24"},
	},
	"datetime": {
		yes: []string{"2026-11-24T10:04:31Z", "2026-11-24 10:04:31", "2026-11-24T10:04:31.4829999+05:30", "2026-11-24T10:04:31-0800"},
		no:  []string{"", "2026-11-24", "2026-11-24T10:04Z", "2026-11-24T24:00:00Z", "2016-12-31T23:59:60Z", "2026-11-24t10:04:31z", "2026-11-24T10:04:31,5Z", "2026-11-24T10:04:31+05", "2026-02-30T10:04:31Z", "1700000000", "2026-11-24T10:04:31Z "},
	},
	"email": {
		yes: []string{"ada@example.org", "a@b.co", "first.last+tag@mail.example.co.uk", "o'brien@xn--bcher-kva.example", "!#$%&'*+-/=?^_`{|}~@1.example", strings.Repeat("a", 64) + "@example.org", "a@" + strings.Repeat("b", 63) + ".org", strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 93) + "org"},
		no: []string{
			"", "@", "ada", "ada@", "@example.org", "ada@localhost", "ada@example.org.", "ada@.org", "ada@example..org", ".ada@example.org", "ada.@example.org", "a..b@example.org", "a@b@example.org", "ada@-x.org", "ada@x-.org", "ada@x_y.org",
			"ada@10.0.0.1", "ada@[10.0.0.1]", `"a b"@example.org`, "a b@example.org", "Ada <ada@example.org>", "ada@example.org ", "adä@example.org", "ada@bücher.example", "ada@example.1",
			strings.Repeat("a", 65) + "@example.org", "a@" + strings.Repeat("b", 64) + ".org", strings.Repeat("a", 64) + "@" + strings.Repeat("b.", 93) + "orgs",
		},
	},
	"ipv4": {
		yes: []string{"0.0.0.0", "127.0.0.1", "255.255.255.255", "10.20.30.40"},
		no:  []string{"", "1", "1.2.3", "1.2.3.", "1.2.3.4.", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.00", "1..2.3", ".1.2.3", "1.2.3.4 ", "1.2.3.a", "0x7f.0.0.1", "1.2.3.4/8", "::1.2.3.4", "1.2.3.1234", "99999999999999999999.1.1.1"},
	},
	"ipv6": {
		yes: []string{"::", "::1", "1::", "2001:db8::8a2e:370:7334", "1:2:3:4:5:6:7:8", "FE80::A", "::ffff:192.0.2.1", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1:2:3:4:5:6:1.2.3.4"},
		no:  []string{"", ":", ":::", "1", "1:", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::", "g::", "fe80::1%eth0", "[::1]", "::1.2.3", "1.2.3.4", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "::01.2.3.4", "::1 "},
	},
	"iso3166": {
		yes: []string{"DE", "US", "GB", "AX", "ZW"},
		no:  []string{"", "de", "UK", "EU", "XK", "XX", "DEU", "D", "DE ", "AD AE"},
	},
	"iso4217": {
		yes: []string{"EUR", "USD", "JPY", "XXX", "XAU", "XCG", "ZWG", "VED"},
		no:  []string{"", "eur", "DEM", "HRK", "BGN", "ANG", "BTC", "EURO", "EU", " EUR", "AED AFN"},
	},
	"url": {
		yes: []string{
			"https://example.org", "HTTP://EXAMPLE.ORG/", "http://a", "https://example.org:8443/a/b;c?q=1&r[]=2#top", "ftp://user:pass@host/file", "s3://bucket_1/key", "postgres://u@[::1]:5432/db", "http://10.0.0.1:80", "http://h:/",
			"https://example.org/%C3%BC%20x", "git+ssh://git@host.example/x.git", "http://h?q", "http://h#f", "http://h/@x:y", "http://a@b@host",
		},
		no: []string{
			"", "example.org", "//example.org", "/path", "mailto:ada@example.org", "https://", "https:///path", "https://:80/", "https://?q", "http:/example.org", "1http://h", "ht tp://h", "http://h/a b", "http://h/ü", "http://bücher.example", "http://h/%2", "http://h/%zz", "http://h:80x", "http://h:8:0",
			"http://[::1", "http://[::1]x", "http://[1.2.3.4]", "http://[fe80::1%25eth0]/", "http://h/\x00", "http://h\\x", "http://h/<a>", "http://u@", "http://h%41/", "http://ex*ample/", "javascript:alert(1)", " http://h", "http://[u]@h/", "http://u]@h/", "http://[]/",
		},
	},
	"uuid": {
		yes: []string{"123e4567-e89b-12d3-a456-426614174000", "123E4567-E89B-12D3-A456-426614174ABC", "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		no:  []string{"", "123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}", "urn:uuid:123e4567-e89b-12d3-a456-426614174000", "123e4567-e89b-12d3-a456-42661417400g", "123e4567-e89b-12d3-a456-42661417400", "123e4567-e89b-12d3-a456-4266141740000", "123e4567-e89b12-d3-a456-426614174000", "123e4567_e89b_12d3_a456_426614174000"},
	},
}

func TestFormats(t *testing.T) {
	names := Formats()
	if !slices.IsSorted(names) || len(names) != len(formatExamples) {
		t.Errorf("the formats are %q", names)
	}
	for _, name := range names {
		match, examples := matcherOf(t, name), formatExamples[name]
		for _, text := range examples.yes {
			if !match([]byte(text)) {
				t.Errorf("%s: %q does not match", name, text)
			}
		}
		for _, text := range examples.no {
			if match([]byte(text)) {
				t.Errorf("%s: %q matches", name, text)
			}
		}
	}
	if match, ok := formatMatcher("UUID"); ok || match != nil {
		t.Error("UUID is taken for a format")
	}
}

// A code that is written twice, or wrongly, would not show otherwise.
func TestCodeTables(t *testing.T) {
	for name, c := range map[string]struct {
		codes string
		shape string
		want  int // as published
	}{"iso4217": {iso4217Codes, `^[A-Z]{3}$`, 178}, "iso3166": {iso3166Codes, `^[A-Z]{2}$`, 249}} {
		codes, shape := strings.Fields(c.codes), regexp.MustCompile(c.shape)
		if len(codes) != c.want || !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != c.want {
			t.Errorf("%s: %d codes, want %d, sorted, each once", name, len(codes), c.want)
		}
		for _, code := range codes {
			if !shape.MatchString(code) {
				t.Errorf("%s: %q is no code", name, code)
			}
		}
	}
}

func TestLongTextsMatchNothing(t *testing.T) {
	pattern, err := patternMatcher("a")
	if err != nil {
		t.Fatal(err)
	}
	link := matcherOf(t, "url")
	for _, c := range []struct {
		bytes int
		want  bool
	}{{maxMatchedBytes, true}, {maxMatchedBytes + 1, false}} {
		if text := strings.Repeat("a", c.bytes); pattern([]byte(text)) != c.want {
			t.Errorf("the pattern matches %d bytes: %t, want %t", c.bytes, !c.want, c.want)
		}
		if text := "http://" + strings.Repeat("a", c.bytes-len("http://")); link([]byte(text)) != c.want {
			t.Errorf("url matches %d bytes: %t, want %t", c.bytes, !c.want, c.want)
		}
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{`[A-Z]{3}`, "xxABCxx", true}, // searched, not anchored
		{`^[A-Z]{3}$`, "xxABCxx", false},
		{`^[A-Z]{3}$`, "ABC", true},
		{`^[A-Z]{3}$`, "ABC\n", false},
		{`(?i)^de`, "DE-1", true},
		{`^\pL+$`, "größe", true},
		{`^$`, "", true},
	} {
		match, err := patternMatcher(c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if match([]byte(c.text)) != c.want {
			t.Errorf("%s, %q: %t", c.pattern, c.text, !c.want)
		}
	}
	_, err := patternMatcher(`^(?!x)`)
	if want := "the pattern \"^(?!x)\" cannot be used: error parsing regexp: invalid or unsupported Perl syntax: `(?!`; write it in RE2's syntax, which has no lookaround and no backreferences"; err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// fuzzFormat holds a format against what it is documented to be.
func fuzzFormat(f *testing.F, name string, want func(string) bool) {
	f.Helper()
	for _, text := range slices.Concat(formatExamples[name].yes, formatExamples[name].no) {
		f.Add(text)
	}
	match := matcherOf(f, name)
	f.Fuzz(func(t *testing.T, text string) {
		if got := match([]byte(text)); got != (len(text) <= maxMatchedBytes && want(text)) {
			t.Fatalf("%s, %q: %t", name, text, got)
		}
	})
}

func FuzzDate(f *testing.F) {
	fuzzFormat(f, "date", func(s string) bool {
		_, err := time.Parse(time.DateOnly, s)
		return err == nil
	})
}

func FuzzDateTime(f *testing.F) {
	// Here time.Parse takes more than RFC 3339: one digit for the hour, a decimal
	// comma, and zones of 24 hours.
	strict := regexp.MustCompile(`^.{10}.[0-9]{2}:.{2}:.{2}(\.[0-9]+)?(Z|[-+]([01][0-9]|2[0-3]):?[0-5][0-9])?$`)
	fuzzFormat(f, "datetime", func(s string) bool {
		_, ok := parseByLayouts(s)
		return ok && len(s) > len(time.DateOnly) && strict.MatchString(s)
	})
}

func FuzzIPv4(f *testing.F) {
	fuzzFormat(f, "ipv4", func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && a.Is4()
	})
}

func FuzzIPv6(f *testing.F) {
	fuzzFormat(f, "ipv6", func(s string) bool {
		a, err := netip.ParseAddr(s)
		return err == nil && a.Is6() && a.Zone() == ""
	})
}

func FuzzURL(f *testing.F) {
	characters := regexp.MustCompile(`^([-A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*$`)
	host := regexp.MustCompile(`^[-A-Za-z0-9._]+$`)
	fuzzFormat(f, "url", func(s string) bool {
		u, err := url.Parse(s)
		if err != nil || !strings.HasPrefix(s[len(u.Scheme):], "://") || !characters.MatchString(s) {
			return false
		}
		inBrackets := strings.HasPrefix(u.Host, "[") && !strings.Contains(u.Host, "%") // without a zone
		return inBrackets || host.MatchString(u.Hostname())
	})
}

// An email address that is taken is one that net/mail takes, as it stands; the
// converse is not so, since net/mail reads all of RFC 5322.
func FuzzEmail(f *testing.F) {
	shape := regexp.MustCompile("^[-A-Za-z0-9!#$%&'*+/=?^_`{|}~.]{1,64}@([A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z0-9]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?$")
	number := regexp.MustCompile(`\.[0-9]+$`)
	fuzzFormat(f, "email", func(s string) bool {
		a, err := mail.ParseAddress(s)
		return err == nil && a.Address == s && a.Name == "" && len(s) <= 254 && shape.MatchString(s) && !number.MatchString(s)
	})
}

func FuzzUUID(f *testing.F) {
	fuzzFormat(f, "uuid", regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString)
}

func FuzzISO4217(f *testing.F) {
	fuzzFormat(f, "iso4217", func(s string) bool { return slices.Contains(strings.Fields(iso4217Codes), s) })
}

func FuzzISO3166(f *testing.F) {
	fuzzFormat(f, "iso3166", func(s string) bool { return slices.Contains(strings.Fields(iso3166Codes), s) })
}

func TestFormatsDoNotAllocate(t *testing.T) {
	for name, examples := range formatExamples {
		match := matcherOf(t, name)
		for _, example := range slices.Concat(examples.yes, examples.no) {
			text := []byte(example)
			if n := testing.AllocsPerRun(10, func() { match(text) }); n != 0 {
				t.Errorf("%s, %q: %g allocations", name, text, n)
			}
		}
	}
}

func BenchmarkFormat(b *testing.B) {
	for _, name := range Formats() {
		match, text := matcherOf(b, name), []byte(formatExamples[name].yes[0])
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !match(text) {
					b.Fatal("does not match")
				}
			}
		})
	}
}

func BenchmarkPattern(b *testing.B) {
	for _, c := range []struct{ pattern, text string }{{`^[A-Z]{3}$`, "EUR"}, {`^ORD-[0-9]{8}$`, "ORD-20261124"}, {`[0-9]+`, "order 20261124"}} {
		match, err := patternMatcher(c.pattern)
		if err != nil {
			b.Fatal(err)
		}
		text := []byte(c.text)
		b.Run(c.pattern, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !match(text) {
					b.Fatal("does not match")
				}
			}
		})
	}
}
