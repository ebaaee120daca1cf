package monitor

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Lines is a file of one record a line as a source: partition 0, the offset
// being the number of the line, from 0. Lines have no timestamp of their own.
type Lines struct {
	path string

	mu    sync.Mutex // guards marks
	marks []lineMark // ascending; where reading can begin, as the last Topology found
}

// lineMark is where in the file a line begins.
type lineMark struct{ line, at int64 }

// OpenLines says at once if the file cannot be read.
func OpenLines(path string) (*Lines, error) {
	f, err := openInput(path)
	if err != nil {
		return nil, err
	}
	return &Lines{path: path}, f.Close()
}

// openInput opens a file of lines, which is read more than once.
func openInput(path string) (*os.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot open the input: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no file that can be read more than once; write a pipe's output into one first", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// linesBlock is large enough to keep workers from waiting for each other.
const linesBlock = 256 << 10

// Topology is one partition that ends at the file's last line.
func (l *Lines) Topology(context.Context) (Topology, error) {
	t := Topology{Topic: strings.TrimSuffix(filepath.Base(l.path), filepath.Ext(l.path)), Partitions: []Bounds{{}}}
	f, err := openInput(l.path)
	if err != nil {
		return t, err
	}
	defer f.Close()
	at, marks := int64(0), []lineMark(nil)
	err = cutLines(f, func(block []byte, lines int64) error {
		marks = append(marks, lineMark{t.Partitions[0].End, at})
		at += int64(len(block))
		t.Partitions[0].End += lines
		return nil
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.marks = marks
	return t, err
}

// before is the last mark at or before a line.
func (l *Lines) before(line int64) lineMark {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, found := slices.BinarySearchFunc(l.marks, line, func(m lineMark, line int64) int { return cmp.Compare(m.line, line) })
	if found {
		return l.marks[i]
	}
	if i == 0 {
		return lineMark{}
	}
	return l.marks[i-1]
}

// Resolve begins at the first line, whatever is asked.
func (l *Lines) Resolve(context.Context, Topology, Start) (map[int32]int64, error) {
	return map[int32]int64{0: 0}, nil
}

// Run reads the file to its end once and returns nil.
func (l *Lines) Run(ctx context.Context, _ Topology, from map[int32]int64, sink Sink) error {
	f, err := openInput(l.path)
	if err != nil {
		return err
	}
	defer f.Close()
	mark := l.before(from[0])
	if _, err := f.Seek(mark.at, io.SeekStart); err != nil {
		return fmt.Errorf("cannot read the input: %w", err)
	}
	offset := mark.line
	return cutLines(f, func(block []byte, lines int64) error {
		b := Block{Partition: 0, From: max(offset, from[0]), To: offset + lines}
		offset += lines
		if b.From >= b.To {
			return nil
		}
		skip := b.From - (offset - lines)
		b.Records = func(buf []Record, _ *Scratch) ([]Record, int) { return splitLines(buf, block, b.To-lines, skip), 0 }
		return sink.Block(ctx, b)
	})
}

// cutLines gives the file in pieces that end at the end of a line.
func cutLines(r io.Reader, yield func(block []byte, lines int64) error) error {
	in := bufio.NewReaderSize(r, 64<<10)
	for {
		block := make([]byte, linesBlock)
		n, err := io.ReadFull(in, block)
		block = block[:n]
		if err == nil {
			rest, restErr := in.ReadBytes('\n')
			block, err = append(block, rest...), restErr
		}
		if len(block) > 0 {
			lines := int64(bytes.Count(block, []byte{'\n'}))
			if block[len(block)-1] != '\n' {
				lines++
			}
			if err := yield(block, lines); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return fmt.Errorf("cannot read the input on: %w", err)
		}
	}
}

func splitLines(buf []Record, block []byte, first, skip int64) []Record {
	for len(block) > 0 {
		line := block
		if end := bytes.IndexByte(block, '\n'); end >= 0 {
			line, block = block[:end], block[end+1:]
		} else {
			block = nil
		}
		if skip > 0 {
			skip--
		} else {
			buf = append(buf, Record{Offset: first, Time: NoTime, Value: bytes.TrimSuffix(line, []byte{'\r'})})
		}
		first++
	}
	return buf
}

// Row is a record, with its event time where that is known already and the log's
// own time; NoTime: it has none.
type Row struct {
	Event, Log int64
	Value      []byte
}

// Rows gives the records of a time range one by one with their event times; it
// can be run more than once.
type Rows func(yield func(Row) error) error

// FileRows are the lines of files, without event times.
func FileRows(paths []string) Rows {
	return func(yield func(Row) error) error {
		for _, path := range paths {
			f, err := openInput(path)
			if err != nil {
				return err
			}
			var records []Record
			err = cutLines(f, func(block []byte, lines int64) error {
				records = splitLines(records[:0], block, 0, 0)
				for _, r := range records {
					if err := yield(Row{NoTime, NoTime, r.Value}); err != nil {
						return err
					}
				}
				return nil
			})
			if closeErr := f.Close(); err == nil {
				err = closeErr
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
}
