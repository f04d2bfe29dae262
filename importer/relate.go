package importer

import (
	"cmp"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/errs"
)

// wish is a relation that a row asks for.
type wish struct {
	place int
	link  record.Link
}

// relate relates the records of each row to one another, and to those that it names.
func (b *batch) relate(types []string) error {
	var wishes []wish
	for i := range b.rows {
		for a, from := range types {
			for _, to := range types[a+1:] {
				x, y := b.ids[i][from], b.ids[i][to]
				if x == 0 || y == 0 {
					continue
				}
				some, err := b.labelled(i, record.Link{FromType: from, FromID: x, ToType: to, ToID: y})
				if err != nil {
					return err
				}
				wishes = append(wishes, some...)
			}
		}
	}
	for _, c := range b.file.Columns {
		if c.ToObject == "" || c.Kind == Label {
			continue
		}
		some, err := b.named(c)
		if err != nil {
			return err
		}
		wishes = append(wishes, some...)
	}
	return b.grant(wishes)
}

// grant makes relations, each once, and rejects those that are refused.
func (b *batch) grant(wishes []wish) error {
	var links []record.Link
	var whose []int
	for _, w := range wishes {
		if !slices.Contains(links, w.link) {
			links, whose = append(links, w.link), append(whose, w.place)
		}
	}
	if len(links) == 0 {
		return nil
	}
	refused, err := b.s.records.AssociateMany(b.tx, b.by, links)
	if err != nil {
		return err
	}
	for i, err := range refused {
		if err == nil {
			b.im.Counters.Related++
			continue
		}
		b.reject(whose[i], links[i].FromType, "FAILED_TO_CREATE_ASSOCIATION", Column{}, err)
	}
	return nil
}

// labelled is a relation with the labels that the row gives it; without any the plain one.
func (b *batch) labelled(place int, l record.Link) ([]wish, error) {
	out := []wish{{place, l}}
	for _, c := range b.file.Columns {
		if c.Kind != Label {
			continue
		}
		link := l
		if c.Object == l.ToType && c.ToObject == l.FromType {
			link = record.Link{FromType: l.ToType, FromID: l.ToID, ToType: l.FromType, ToID: l.FromID}
		} else if c.Object != l.FromType || c.ToObject != l.ToType {
			continue
		}
		for text := range strings.SplitSeq(b.from.cell(b.rows[place], c), ";") {
			if text = strings.TrimSpace(text); text == "" {
				continue
			}
			typeID, ok, err := b.labelID(link, text)
			if err != nil {
				return nil, err
			}
			if !ok {
				b.reject(place, c.Object, "ASSOCIATION_LABEL_NOT_FOUND", c, errs.Newf(errs.Invalid, "There is no label %q from %s to %s.", cut(text, 60), link.FromType, link.ToType))
				continue
			}
			link.TypeID = typeID
			out = append(out, wish{place, link})
		}
	}
	return out, nil
}

func (b *batch) types(l record.Link) (from, to property.ObjectType, err error) {
	if from, err = b.s.props.Type(b.tx, l.FromType); err == nil {
		to, err = b.s.props.Type(b.tx, l.ToType)
	}
	return from, to, err
}

func (b *batch) labelID(l record.Link, label string) (int, bool, error) {
	from, to, err := b.types(l)
	if err != nil {
		return 0, false, err
	}
	all, err := b.s.records.AssociationTypes().Of(b.tx, from, to)
	for _, t := range all {
		if strings.EqualFold(t.Label, label) || strings.EqualFold(t.Name, label) {
			return t.ID, true, nil
		}
	}
	return 0, false, err
}

// named are the relations to records that a column names by their key.
func (b *batch) named(c Column) ([]wish, error) {
	set, err := b.s.props.Set(b.tx, c.ToObject)
	if err != nil {
		return nil, err
	}
	prop := b.keyOf(c.ToObject)
	d, ok := set.Get(prop)
	if !ok {
		return nil, nil
	}
	keys := make([]string, len(b.rows))
	var asked []string
	for i, r := range b.rows {
		given := b.from.cell(r, c)
		if r.bad != nil || given == "" || b.ids[i][c.Object] == 0 {
			continue
		}
		key, err := d.Normalize(given)
		if err != nil {
			b.reject(i, c.Object, "INVALID_ASSOCIATION_IDENTIFIER", c, err)
			continue
		}
		if keys[i] = key; !slices.Contains(asked, key) {
			asked = append(asked, key)
		}
	}
	if len(asked) == 0 {
		return nil, nil
	}
	found, err := b.s.records.FindAll(b.tx, c.ToObject, prop, asked)
	if err != nil {
		return nil, err
	}
	var out []wish
	for i, key := range keys {
		to, ok := found[key]
		if key == "" || !ok {
			if key != "" {
				b.reject(i, c.Object, "NO_OBJECT_ID_FROM_ASSOCIATION_IDENTIFIER", c, errs.Newf(errs.NotFound, "There is no %s with %s %q.", set.ObjectType.Singular, d.Label, cut(key, 60)))
			}
			continue
		}
		l := record.Link{FromType: c.Object, FromID: b.ids[i][c.Object], ToType: c.ToObject, ToID: to}
		if l, err = b.typed(l, c.Association); err != nil {
			return nil, err
		}
		out = append(out, wish{i, l})
	}
	return out, nil
}

// typed is a link of a type, which may be told from either end.
func (b *batch) typed(l record.Link, typeID int) (record.Link, error) {
	from, to, err := b.types(l)
	if err != nil || typeID == 0 {
		return l, err
	}
	if _, ok, err := b.s.records.AssociationTypes().Find(b.tx, to, from, typeID); ok || err != nil {
		return record.Link{FromType: l.ToType, FromID: l.ToID, ToType: l.FromType, ToID: l.FromID, TypeID: typeID}, err
	}
	l.TypeID = typeID
	return l, nil
}

// keyOf is the property by which other files name records of a type.
func (b *batch) keyOf(objectType string) string {
	key := ""
	for _, f := range b.im.plan.Files {
		for _, c := range f.Columns {
			if c.Object == objectType && c.Key && c.Property != "" {
				return c.Property
			}
		}
		key = cmp.Or(key, f.Keys[objectType])
	}
	return cmp.Or(key, usualKeys[objectType], objectID)
}
