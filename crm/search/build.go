package search

import (
	"fmt"
	"math"
	"strconv"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
)

// Rebuild has all records of a type indexed again, in the background: when what is searched of them changed. Of a type that
// was deleted nothing is left then.
func Rebuild(tx *db.Tx, t property.ObjectType) { note(tx, t.Name, 0, build, "") }

// rebuildAll has everything indexed again.
func (x *Index) rebuildAll(tx *db.Tx) error {
	if _, err := tx.Exec("DELETE FROM search_todo WHERE parts = $1", int(build)); err != nil {
		return err
	}
	types, err := x.props.Types(tx)
	if err != nil {
		return err
	}
	for _, t := range types {
		Rebuild(tx, t)
	}
	RebuildMessages(tx)
	return nil
}

// build goes on with a row of all records of a type, or all messages: the newest first, page by page. It begins by
// taking away what there is, and by laying out the chunks.
func (f *fold) build(t todo) error {
	switch {
	case t.objectType == messages:
		return f.buildMessages(t)
	case t.after == 0:
		return f.layOut(t)
	}
	set, ok, err := f.x.known(f.tx, t.objectType)
	if err != nil {
		return err
	}
	if !ok {
		f.advance(t, 0)
		return nil
	}
	ids, err := db.List(f.tx, db.Col[int64], "SELECT id FROM "+set.ObjectType.From()+"id < $1 ORDER BY id DESC LIMIT "+strconv.Itoa(f.x.sizes.build), t.after)
	if err != nil {
		return fmt.Errorf("build %s: %w", t.objectType, err)
	}
	last := int64(0)
	if len(ids) == f.x.sizes.build {
		last = ids[len(ids)-1]
	}
	if err := f.own(t.objectType, ids, nil); err != nil {
		return err
	}
	f.advance(t, last)
	return f.related(t.objectType, ids, nil)
}

func (f *fold) buildMessages(t todo) error {
	if f.x.messages == nil {
		f.advance(t, 0)
		return nil
	}
	if t.after == 0 {
		t.after = math.MaxInt64
	}
	found, err := f.x.messages.Before(f.tx, t.after, f.x.sizes.build)
	if err != nil {
		return err
	}
	last := int64(0)
	if len(found) == f.x.sizes.build {
		last = found[len(found)-1].ID
	}
	f.hear(found)
	f.advance(t, last)
	return nil
}

// layOut decides where the chunks of a type begin, once nothing is left of those before.
func (f *fold) layOut(t todo) (err error) {
	f.wipe, err = db.List(f.tx, db.Col[int64], "SELECT id FROM search_segments WHERE object_type = $1 LIMIT "+strconv.Itoa(wipeMost), t.objectType)
	if err != nil || len(f.wipe) > 0 {
		f.begin[t.objectType] = nil
		return err
	}
	set, ok, err := f.x.known(f.tx, t.objectType)
	if err != nil {
		return err
	}
	if !ok {
		f.advance(t, 0)
		return nil
	}
	lows := []int64{0}
	step := "SELECT id FROM " + set.ObjectType.From() + "id >= $1 ORDER BY id LIMIT 1 OFFSET " + strconv.Itoa(f.x.sizes.chunk)
	for {
		low, ok, err := db.One(f.tx, db.Col[int64], step, lows[len(lows)-1])
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		lows = append(lows, low)
	}
	f.begin[t.objectType] = lows
	f.advance(t, math.MaxInt64)
	return nil
}

// RebuildMessages has all messages indexed again, in the background.
func RebuildMessages(tx *db.Tx) { note(tx, messages, 0, build, "") }
