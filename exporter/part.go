package exporter

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/sheet"
)

// chunkRecords are read at once: what is in memory of an export.
const chunkRecords = 200

// part reads as the packed rows of some records.
type part struct {
	s    *Service
	ctx  context.Context
	ex   Export
	at   place
	ids  []int64
	rows int64 // that were written; some records may be gone
	size int64 // bytes, unpacked

	out    bytes.Buffer
	zip    *gzip.Writer
	closed bool
	row    []byte
}

func (s *Service) newPart(ctx context.Context, ex Export, at place, ids []int64) *part {
	p := &part{s: s, ctx: ctx, ex: ex, at: at, ids: ids}
	p.zip, _ = gzip.NewWriterLevel(&p.out, gzip.BestSpeed) // there is such a level
	return p
}

// Read implements io.Reader.
func (p *part) Read(to []byte) (int, error) {
	for p.out.Len() == 0 {
		if p.closed {
			return 0, io.EOF
		}
		if err := p.next(); err != nil {
			return 0, err
		}
	}
	return p.out.Read(to)
}

func (p *part) next() error {
	if len(p.ids) == 0 {
		p.closed = true
		return p.zip.Close()
	}
	n := min(len(p.ids), chunkRecords)
	var rows [][]sheet.Cell
	err := p.s.db.Read(p.ctx, func(tx *db.Tx) (err error) {
		by, err := p.s.people.Again(tx, p.ex.asker)
		if err == nil {
			rows, err = p.s.rows(tx, by, p.ex, p.ids[:n])
		}
		return err
	})
	if err != nil {
		return err
	}
	p.ids = p.ids[n:]
	for _, r := range rows {
		p.rows++
		if p.ex.Format == XLSX {
			p.row = sheet.AppendRow(p.row[:0], int(p.at.line+p.rows)+1, r)
		} else {
			p.row = sheet.AppendCSV(p.row[:0], r)
		}
		p.size += int64(len(p.row))
		if _, err := p.zip.Write(p.row); err != nil {
			return err
		}
	}
	return nil
}
