package importer

import (
	"cmp"
	"maps"
	"slices"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// batch is some rows on their way, in one transaction.
type batch struct {
	s    *Service
	tx   *db.Tx
	by   people.Actor
	im   Import
	file planned
	from *source
	rows []row

	ids    []map[string]int64 // of each row's records, by object type
	errors []rejection
}

// unit is what rows say of one record: those with one key say it together, the last one last.
type unit struct {
	places []int // of the rows
	key    string
	props  map[string]string
	id     int64 // of a record that is there
}

// write writes the batch.
func (b *batch) write() error {
	b.ids = make([]map[string]int64, len(b.rows))
	for i, r := range b.rows {
		b.ids[i] = map[string]int64{}
		if r.bad != nil {
			b.reject(i, "", "COULD_NOT_PARSE_ROW", Column{}, r.bad)
		}
	}
	b.im.Counters.Rows += int64(len(b.rows))
	var types []string
	for _, c := range b.file.Columns {
		if !slices.Contains(types, c.Object) {
			types = append(types, c.Object)
		}
	}
	for _, t := range types {
		set, err := b.s.props.Set(b.tx, t)
		if err != nil {
			return err
		}
		if err := b.writeType(set); err != nil {
			return err
		}
	}
	if err := b.relate(types); err != nil {
		return err
	}
	b.im.Counters.Errors += int64(len(b.errors))
	return b.keepErrors()
}

// writeType writes the records of one object type.
func (b *batch) writeType(set *property.Set) error {
	name := set.ObjectType.Name
	units, err := b.units(set)
	if err != nil {
		return err
	}
	op := cmp.Or(b.im.plan.Operations[name], Upsert)
	var edits []record.Edit
	var ins []record.Input
	var old, fresh []unit
	for _, u := range units {
		switch {
		case u.id != 0 && op == CreateOnly:
			b.rejectUnit(u, name, "CREATE_ONLY_IMPORT", errs.Newf(errs.Conflict, "There is such a record already, and this import only makes new ones. Existing ID: %d", u.id))
		case u.id == 0 && op == UpdateOnly:
			b.rejectUnit(u, name, "UPDATE_ONLY_IMPORT", errs.New(errs.NotFound, "There is no such record, and this import only updates.", nil))
		case u.id == 0 && b.file.Keys[name] == objectID && u.key != "":
			b.rejectUnit(u, name, "INVALID_RECORD_ID", errs.Newf(errs.NotFound, "There is no record with the id %s.", cut(u.key, 40)))
		case u.id != 0:
			edits, old = append(edits, record.Edit{ID: u.id, Properties: u.props}), append(old, u)
		default:
			ins, fresh = append(ins, record.Input{Properties: u.props}), append(fresh, u)
		}
	}
	const reason = "import"
	updated, err := b.s.records.UpdateEach(b.tx, b.by, name, edits, reason)
	if err != nil {
		return err
	}
	b.count(name, old, updated, &b.im.Counters.Updated)
	for i := range ins {
		ins[i].Reason = reason
	}
	made, err := b.s.records.CreateEach(b.tx, b.by, name, ins)
	if err != nil {
		return err
	}
	return b.remember(name, b.count(name, fresh, made, &b.im.Counters.Created))
}

// count notes what became of units, and returns the ids of those that stand.
func (b *batch) count(objectType string, units []unit, outcomes []record.Outcome, counter *int64) (ids []int64) {
	for i, o := range outcomes {
		if o.Err != nil {
			b.rejectUnit(units[i], objectType, "", o.Err)
			continue
		}
		ids = append(ids, o.Record.ID)
		*counter++
		b.im.Counters.Unique++
		b.im.Counters.Values += int64(len(units[i].props))
		for _, place := range units[i].places {
			b.ids[place][objectType] = o.Record.ID
		}
	}
	return ids
}

var insertImported = db.NewInsert("INSERT INTO imported_records (import_id, record_id, object_type)", "ON CONFLICT DO NOTHING")

func (b *batch) remember(objectType string, ids []int64) error {
	rows := make([][]any, len(ids))
	for i, n := range ids {
		rows[i] = []any{b.im.ID, n, objectType}
	}
	if len(rows) == 0 {
		return nil
	}
	return insertImported.Later(b.tx, rows...)
}

// units are the records that the rows tell of, with the ids of those that are there.
func (b *batch) units(set *property.Set) ([]unit, error) {
	name := set.ObjectType.Name
	keyed := b.file.Keys[name]
	key, _ := set.Get(keyed)
	byKey := map[string]int{}
	var units []unit
	for i, r := range b.rows {
		if r.bad != nil {
			continue
		}
		u := unit{places: []int{i}, props: map[string]string{}}
		ok, err := b.read(set, i, &u, key)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		at, twice := byKey[u.key]
		if u.key == "" || !twice {
			if u.key != "" {
				byKey[u.key] = len(units)
			}
			units = append(units, u)
			continue
		}
		units[at].places = append(units[at].places, i)
		maps.Copy(units[at].props, u.props)
	}
	if len(byKey) == 0 {
		return units, nil
	}
	found, err := b.s.records.FindAll(b.tx, name, keyed, slices.Collect(maps.Keys(byKey)))
	for i, u := range units {
		units[i].id = found[u.key]
	}
	return units, err
}

// read reads what a row says of a record; false when it says nothing, or something that is refused.
func (b *batch) read(set *property.Set, place int, u *unit, key property.Definition) (bool, error) {
	for _, c := range b.file.Columns {
		if c.Object != set.ObjectType.Name || c.Property == "" {
			continue
		}
		given := b.from.cell(b.rows[place], c)
		if given == "" {
			continue
		}
		d, ok := set.Get(c.Property)
		if !ok {
			b.reject(place, c.Object, "PROPERTY_DEFINITION_NOT_FOUND", c, errs.Newf(errs.Invalid, "There is no property %q any more.", c.Property))
			return false, nil
		}
		if c.Kind == ObjectID {
			if _, err := id.Parse(objectID, given); err != nil {
				b.reject(place, c.Object, "INVALID_OBJECT_ID", c, err)
				return false, nil
			}
			u.key = given
			continue
		}
		v, err := b.value(set, d, given)
		if err == nil {
			v, err = d.Normalize(v)
		}
		if err != nil {
			if errs.KindOf(err) == errs.Internal {
				return false, err
			}
			b.reject(place, c.Object, "", c, err)
			return false, nil
		}
		u.props[d.Name] = v
		if d.Name == key.Name {
			u.key = v
		}
	}
	return len(u.props) > 0 || u.key != "", nil
}

// reject keeps why a row, or what it says of one record, was refused.
func (b *batch) reject(place int, objectType, kind string, c Column, err error) {
	r := b.rows[place]
	rej := rejection{line: r.line, kind: kind, objectType: objectType, cells: r.cells, message: err.Error()}
	if e := errs.As(err); e != nil {
		rej.message = e.Message
		if rej.kind == "" {
			rej.kind = kindOf(e)
		}
		if c.Name == "" && len(e.Fields) > 0 {
			c = b.column(objectType, e.Fields[0].Name)
		}
	}
	if i, ok := b.from.columns[c.Name]; ok && c.Name != "" {
		rej.column, rej.value = i+1, b.from.cell(r, c)
	}
	if e := errs.As(err); e != nil && slices.ContainsFunc(e.Fields, func(f errs.Field) bool { return f.Code == "EMAIL_BLOCKED" }) {
		rej.value, rej.cells = "", []string{} // who had themself erased is not kept here either
	}
	rej.kind = cmp.Or(rej.kind, "UNKNOWN_ERROR")
	b.errors = append(b.errors, rej)
}

// column is the one that a property's values come from.
func (b *batch) column(objectType, prop string) Column {
	for _, c := range b.file.Columns {
		if c.Object == objectType && c.Property == prop {
			return c
		}
	}
	return Column{}
}

func (b *batch) rejectUnit(u unit, objectType, kind string, err error) {
	for _, place := range u.places {
		b.reject(place, objectType, kind, Column{}, err)
	}
}

// errorKinds are HubSpot's errorTypes by our codes.
var errorKinds = map[string]string{
	"INVALID_OPTION": "INVALID_ENUMERATION_OPTION", "INVALID_NUMBER": "COULD_NOT_PARSE_NUMBER", "INVALID_DATE": "COULD_NOT_PARSE_DATE",
	"INVALID_EMAIL": "INVALID_EMAIL", "REQUIRED": "MISSING_REQUIRED_PROPERTY", "CONTACT_EXISTS": "DUPLICATE_ALTERNATE_ID",
	"DUPLICATE_VALUE": "DUPLICATE_UNIQUE_PROPERTY_VALUE", "PROPERTY_DOESNT_EXIST": "PROPERTY_DEFINITION_NOT_FOUND", "NO_OWNER": "COULD_NOT_FIND_OWNER",
	"INVALID_DOMAIN": "INVALID_DOMAIN", "LIMIT_EXCEEDED": "ASSOCIATION_LIMIT_EXCEEDED",
}

func kindOf(e *errs.Error) string {
	for _, f := range e.Fields {
		if k := errorKinds[f.Code]; k != "" {
			return k
		}
	}
	if k := errorKinds[e.Code]; k != "" {
		return k
	}
	if e.Kind == errs.NotFound || e.Kind == errs.Denied {
		return "INVALID_RECORD_ID"
	}
	return "FAILED_VALIDATION"
}
