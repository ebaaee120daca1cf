package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// verify reads a file of bbolt by itself, trusting nothing, and says what is damaged:
// pages that are not what they are said to be, keys out of order, and entries that
// are not those whose sum the last transaction left. bbolt does not ask, and ends the
// process, or forgets entries, over a byte that is wrong. Nobody writes meanwhile.
// found is the version of the format as far as that can be told.
func verify(file io.ReaderAt, size int64) (found string, err error) {
	head, err := readHead(file, size)
	if err != nil {
		return "", err
	}
	if int64(head.pages)*head.pageSize > size {
		return "", fmt.Errorf("it is shorter than it was, %d bytes instead of %d", size, int64(head.pages)*head.pageSize)
	}
	w := walker{file: file, pageSize: head.pageSize, pages: head.pages, seen: make([]uint64, head.pages/64+1)}
	err = w.page(head.root, rootSeed, nil, nil)
	if err == nil && (!w.sealed || w.sum != w.want) {
		err = errors.New("its entries are not those that were written")
	}
	return w.version, err
}

// head is what the newest of the two valid head pages says.
type head struct {
	pageSize          int64
	root, pages, txid uint64
}

const (
	pageHeader = 16 // id 8, flags 2, count 2, overflow 4
	headSize   = 64 // magic 4, version 4, page size 4, flags 4, root 8, sequence 8, freelist 8, pages 8, txid 8, checksum 8
	headMagic  = 0xED0CDAED

	branchPage = 1
	leafPage   = 2
)

var native = binary.NativeEndian

// readHead finds the two heads: the second stands one page further on, whose size
// the first says unless it is damaged.
func readHead(file io.ReaderAt, size int64) (newest head, err error) {
	found := false
	for at := int64(0); at == 0 || at <= 64<<10; at = max(1<<10, 2*at) {
		var b [headSize]byte
		if at+pageHeader+headSize > size {
			break
		}
		if _, err := file.ReadAt(b[:], at+pageHeader); err != nil {
			return head{}, err
		}
		sum := fnv.New64a()
		_, _ = sum.Write(b[:56])
		h := head{int64(native.Uint32(b[8:])), native.Uint64(b[16:]), native.Uint64(b[40:]), native.Uint64(b[48:])}
		valid := native.Uint32(b[:]) == headMagic && sum.Sum64() == native.Uint64(b[56:]) && (at == 0 || at == h.pageSize)
		if valid && (!found || h.txid > newest.txid) {
			newest, found = h, true
		}
	}
	if !found {
		return head{}, errors.New("neither of its two heads is valid")
	}
	return newest, nil
}

// walker adds up the entries of a tree of pages.
type walker struct {
	file     io.ReaderAt
	pageSize int64
	pages    uint64
	seen     []uint64 // bit set of pages
	sum      uint64
	want     uint64 // as the file says
	sealed   bool   // it does
	version  string
}

// page walks a page and those below it, whose keys are from low to before high,
// unless these are nil.
func (w *walker) page(id, seed uint64, low, high []byte) error {
	p, err := w.read(id)
	if err != nil {
		return err
	}
	err = w.entries(p, seed, low, high)
	if err != nil && !errors.As(err, new(pageError)) {
		err = pageError{id, err}
	}
	return err
}

type pageError struct {
	page uint64
	err  error
}

func (e pageError) Error() string { return fmt.Sprintf("page %d: %v", e.page, e.err) }

// read gives the bytes of a page that nobody else uses.
func (w *walker) read(id uint64) ([]byte, error) {
	if id < 2 || id >= w.pages {
		return nil, pageError{id, errors.New("there is no such page")}
	}
	var header [pageHeader]byte
	if _, err := w.file.ReadAt(header[:], int64(id)*w.pageSize); err != nil {
		return nil, err
	}
	more := uint64(native.Uint32(header[12:]))
	if native.Uint64(header[:]) != id || id+more >= w.pages {
		return nil, pageError{id, errors.New("it is another one")}
	}
	for n := id; n <= id+more; n++ {
		if w.seen[n/64]&(1<<(n%64)) != 0 {
			return nil, pageError{n, errors.New("it is used twice")}
		}
		w.seen[n/64] |= 1 << (n % 64)
	}
	p := make([]byte, int64(more+1)*w.pageSize)
	_, err := w.file.ReadAt(p, int64(id)*w.pageSize)
	return p, err
}

var errEntry = errors.New("an entry is outside of it")

// entries walks those of a page, or of a bucket that is so small that it stands in
// another's page.
func (w *walker) entries(p []byte, seed uint64, low, high []byte) error {
	if len(p) < pageHeader {
		return errEntry
	}
	flags, count := native.Uint16(p[8:]), int(native.Uint16(p[10:]))
	if flags != branchPage && flags != leafPage || flags == branchPage && count == 0 {
		return fmt.Errorf("it is of kind %d with %d entries", flags, count)
	}
	const size = 16 // of an element: of a branch pos 4, key 4, page 8; of a leaf flags 4, pos 4, key 4, value 4
	if pageHeader+count*size > len(p) {
		return errEntry
	}
	element := func(n int) (e []byte, key, rest []byte, ok bool) {
		at := pageHeader + n*size
		e = p[at : at+size]
		pos, length := native.Uint32(e), native.Uint32(e[4:])
		if flags == leafPage {
			pos, length = native.Uint32(e[4:]), native.Uint32(e[8:])
		}
		from := int64(at) + int64(pos)
		to := from + int64(length)
		if from < int64(pageHeader+count*size) || to > int64(len(p)) {
			return nil, nil, nil, false
		}
		return e, p[from:to], p[to:], true
	}
	for n := range count {
		e, key, rest, ok := element(n)
		if !ok {
			return errEntry
		}
		if low != nil && bytes.Compare(key, low) < 0 || n > 0 && bytes.Equal(key, low) || high != nil && bytes.Compare(key, high) >= 0 {
			return errors.New("its keys are out of order")
		}
		low = key
		var err error
		if flags == branchPage {
			next := high
			if n+1 < count {
				if _, next, _, ok = element(n + 1); !ok {
					return errEntry
				}
			}
			err = w.page(native.Uint64(e[8:]), seed, key, next)
		} else {
			length := int64(native.Uint32(e[12:]))
			if length > int64(len(rest)) {
				return errEntry
			}
			err = w.leaf(native.Uint32(e), seed, key, rest[:length])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

const bucketFlag = 1

func (w *walker) leaf(flags uint32, seed uint64, key, value []byte) error {
	ofFile := flags == 0 && seed == seedOf(rootSeed, []byte(fileBucket))
	if ofFile && string(key) == versionKey {
		w.version = string(value)
	}
	switch {
	case ofFile && string(key) == sumKey:
		var err error
		w.want, err = parseNumber(value)
		w.sealed = true
		return err
	case flags == 0:
		w.sum += hashOf(seed, key, value)
		return nil
	case flags != bucketFlag || len(value) < 16:
		return fmt.Errorf("an entry is of kind %d", flags)
	}
	in, root := seedOf(seed, key), native.Uint64(value)
	w.sum += hashOf(in, nil, nil) + hashOfSequence(in, native.Uint64(value[8:]))
	if root == 0 { // it stands here
		return w.entries(value[16:], in, nil, nil)
	}
	return w.page(root, in, nil, nil)
}
