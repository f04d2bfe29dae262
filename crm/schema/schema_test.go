package schema_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/deskbell/deskbell/clock"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/filter"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/schema"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/people"
)

// seen counts the events of a database by type, and tells the search index.
type seen struct {
	counts map[string]int
	feed   event.Reactor
}

func (s *seen) Dispatch(tx *db.Tx, v any) error {
	e := v.(event.Event)
	s.counts[e.Type]++
	if s.feed.React == nil {
		return nil
	}
	return s.feed.React(tx, e)
}

// desk is a database with all that object types need.
type desk struct {
	*schema.Store
	t       *testing.T
	d       *db.DB
	clock   *clock.Fixed
	props   *property.Registry
	pipes   *pipeline.Store
	records *record.Store
	runner  *job.Runner
	index   *search.Index
	seen    *seen
}

func each(t *testing.T, story func(t *testing.T, k *desk)) {
	dbtest.Each(t, func(t *testing.T, cfg db.Config) {
		s := &seen{counts: map[string]int{}}
		cfg.Reactor = s
		d := dbtest.Open(t, cfg)
		props, staff := property.New(d), people.New(d)
		pipes := pipeline.New(d, props)
		s.feed = feed.Reactor(props)
		k := &desk{t: t, d: d, clock: cfg.Clock.(*clock.Fixed), props: props, pipes: pipes, index: search.New(d, props, nil), seen: s}
		k.records = record.New(d, props, k.index, derive.Of(pipes, staff))
		k.Store = schema.New(props, pipes, k.records.Store)
		var err error
		if k.runner, err = job.NewRunner(d, slog.New(slog.DiscardHandler), job.Config{}, k.PurgeHandler(d), relation.UnlabelHandler(d)); err != nil {
			t.Fatal(err)
		}
		k.do(func(tx *db.Tx) error {
			return staff.SetAccount(tx, people.System, people.Account{Name: "Acme", Domain: "acme.example"})
		})
		story(t, k)
	})
}

// fold brings the search index up to date.
func (k *desk) fold() {
	k.t.Helper()
	if err := search.NewIndexer(k.index, slog.New(slog.DiscardHandler), 1).Fold(context.Background()); err != nil {
		k.t.Fatal(err)
	}
}

func (k *desk) do(fn func(tx *db.Tx) error)  { k.t.Helper(); dbtest.Do(k.t, k.d, fn) }
func (k *desk) see(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.See(k.t, k.d, fn) }

func text(name, label string) property.Definition {
	return property.Definition{Name: name, Label: label, Type: property.String}
}

// cars is an object type as an account would define it.
func cars() schema.Draft {
	return schema.Draft{Name: "Car", Label: "Car", LabelPlural: "Cars", Description: "What we rent out", Primary: "model", Secondary: []string{"plate"},
		Required: []string{"plate"}, Searching: []string{"model", "plate"}, Associated: []string{"CONTACT", "0-5"},
		Properties: []property.Definition{text("model", "Model"), {Name: "plate", Label: "Plate", Type: property.String, Unique: true},
			{Name: "seats", Label: "Seats", Type: property.Number}}}
}

func (k *desk) define(d schema.Draft) (t property.ObjectType) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		t, err = k.Define(tx, people.System, d)
		return err
	})
	return t
}

// refused is what a write is refused for: its code and message.
func (k *desk) refused(kind errs.Kind, fn func(tx *db.Tx) error) string {
	k.t.Helper()
	e := errs.As(k.d.Write(context.Background(), fn))
	if e == nil || e.Kind != kind {
		k.t.Fatalf("got %v, want an error that is %v", e, kind)
	}
	code := e.Code
	if len(e.Fields) > 0 {
		code = e.Fields[0].Name + " " + e.Fields[0].Code
	}
	return code
}

func (k *desk) make(objectType string, props map[string]string, links ...record.Link) (r record.Record) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) {
		r, err = k.records.Create(tx, people.System, objectType, record.Input{Properties: props, Links: links})
		return err
	})
	return r
}

func TestATypeOfOnesOwnIsThereAtOnce(t *testing.T) { // API-1, PROP-6
	each(t, func(t *testing.T, k *desk) {
		cars := k.define(cars())
		if cars.Name != "car" || cars.TypeID != "2-1" || !strings.HasPrefix(cars.FullName, "p") || !strings.HasSuffix(cars.FullName, "_car") || !cars.Own() ||
			cars.PrimaryDisplay != "model" || cars.CreatedAt.IsZero() || cars.Label != "Car" || cars.LabelPlural != "Cars" {
			t.Fatalf("%+v", cars)
		}
		contact := k.make("contacts", map[string]string{"email": "ada@example.com"})
		r := k.make("car", map[string]string{"model": "Golf", "plate": "M-AB 1", "seats": "5"})
		if k.seen.counts[cars.FullName+".created"] != 1 || r.ObjectType != "car" {
			t.Errorf("made %+v, events %v", r, k.seen)
		}
		k.do(func(tx *db.Tx) error {
			return k.records.Associate(tx, people.System, record.Link{FromType: "car", FromID: r.ID, ToType: "contacts", ToID: contact.ID})
		})
		for _, name := range []string{"car", "CAR", "2-1", cars.FullName, strings.ToUpper(cars.FullName)} {
			for what, groups := range map[string][]filter.Group{"property": one("seats", "GT", "4"), "unique": one("plate", "EQ", "m-ab 1"),
				"association": one("associations.contact", "EQ", fmt.Sprint(contact.ID))} {
				k.see(func(tx *db.Tx) error {
					page, err := k.records.Search(tx, people.System, record.Query{ObjectType: name, Groups: groups})
					if len(page.Records) != 1 || page.Records[0].ID != r.ID {
						t.Errorf("%s by %s: %+v", name, what, page)
					}
					return err
				})
			}
		}
		k.see(func(tx *db.Tx) error {
			page, err := k.records.Search(tx, people.System, record.Query{ObjectType: "contacts", Groups: one("associations."+cars.FullName, "EQ", fmt.Sprint(r.ID))})
			if len(page.Records) != 1 {
				t.Errorf("from the other end: %+v", page)
			}
			return err
		})
		admin := people.Actor{Kind: event.User, ID: 1, SuperAdmin: true}
		if got := k.refused(errs.Invalid, func(tx *db.Tx) error {
			_, err := k.records.Create(tx, admin, "car", record.Input{Properties: map[string]string{"model": "Polo"}})
			return err
		}); got != "plate REQUIRED" {
			t.Error(got)
		}
		_ = k.refused(errs.Conflict, func(tx *db.Tx) error {
			_, err := k.records.Create(tx, admin, "car", record.Input{Properties: map[string]string{"plate": "M-AB 1"}})
			return err
		})
	})
}

func one(name, operator, value string) []filter.Group {
	return []filter.Group{{Filters: []filter.Filter{{PropertyName: name, Operator: operator, Value: value}}}}
}

func TestGrantsOfAllTypesCoverOnesOwn(t *testing.T) { // ACC-3
	each(t, func(t *testing.T, k *desk) {
		k.define(cars())
		r := k.make("car", map[string]string{"plate": "1"})
		for reach, want := range map[people.Reach]bool{people.Everything: true, people.OwnedOnly: false} {
			by := people.Actor{Kind: event.User, ID: 3, Grants: map[people.Grant]people.Scope{{ObjectType: "*", Verb: people.View}: {Reach: reach, Unassigned: want},
				{ObjectType: "tickets", Verb: people.View}: {Reach: people.Everything, Unassigned: true}}}
			k.see(func(tx *db.Tx) error {
				_, err := k.records.Get(tx, by, "car", r.ID)
				if seen := err == nil; seen != want {
					t.Errorf("reach %v: %v", reach, err)
				}
				return nil
			})
		}
	})
}

func TestTypesHavePipelines(t *testing.T) { // PIPE-2
	each(t, func(t *testing.T, k *desk) {
		k.define(cars())
		var p pipeline.Pipeline
		k.do(func(tx *db.Tx) (err error) {
			p, err = k.pipes.Create(tx, people.System, "2-1", "Rental", nil)
			return err
		})
		r := k.make("car", map[string]string{"plate": "1", "hs_pipeline_stage": p.Stages[0].ID})
		if r.Properties["hs_pipeline"] != p.ID || r.Properties["hs_date_entered_"+p.Stages[0].ID] == "" {
			t.Errorf("%+v", r.Properties)
		}
		if got := k.refused(errs.Invalid, func(tx *db.Tx) error {
			_, err := k.records.Update(tx, people.System, "car", r.ID, map[string]string{"hs_pipeline_stage": "1"}, "")
			return err
		}); got != "hs_pipeline_stage INVALID_OPTION" {
			t.Error(got)
		}
	})
}

func TestTypesThatAreRefused(t *testing.T) { // API-4
	each(t, func(t *testing.T, k *desk) {
		k.define(cars())
		for want, change := range map[string]func(*schema.Draft){
			"name INVALID_NAME":                                  func(d *schema.Draft) { d.Name = "2 cars" },
			"OBJECT_ALREADY_EXISTS":                              func(d *schema.Draft) { d.Name = "Car" },
			"labels REQUIRED":                                    func(d *schema.Draft) { d.LabelPlural = " " },
			"description TOO_LONG":                               func(d *schema.Draft) { d.Description = strings.Repeat("x", 1001) },
			"primaryDisplayProperty PROPERTY_DOESNT_EXIST":       func(d *schema.Draft) { d.Primary = "colour" },
			"requiredProperties PROPERTY_DOESNT_EXIST":           func(d *schema.Draft) { d.Required = []string{"colour"} },
			"requiredProperties READ_ONLY_VALUE":                 func(d *schema.Draft) { d.Required = []string{"hs_createdate"} },
			"searchableProperties INVALID_OPTION":                func(d *schema.Draft) { d.Searching = []string{"hubspot_owner_id"} },
			"secondaryDisplayProperties TOO_MANY":                func(d *schema.Draft) { d.Secondary = []string{"model", "plate", "seats"} },
			"associatedObjects INVALID_OPTION":                   func(d *schema.Draft) { d.Associated = []string{"boats"} },
			"type INVALID_OPTION":                                func(d *schema.Draft) { d.Properties[0].Type = "colour" },
			"secondaryDisplayProperties PROPERTY_DOESNT_EXIST x": func(d *schema.Draft) { d.Secondary = []string{"colour"} },
		} {
			d := cars()
			d.Name = "van"
			change(&d)
			kind := errs.Invalid
			if want == "OBJECT_ALREADY_EXISTS" {
				kind = errs.Conflict
			}
			got := k.refused(kind, func(tx *db.Tx) error { _, err := k.Define(tx, people.System, d); return err })
			if got != strings.TrimSuffix(want, " x") {
				t.Errorf("got %s, want %s", got, want)
			}
		}
		for _, taken := range []string{"tickets", "ticket", "CONTACT", "deals", "note"} {
			d := cars()
			d.Name = taken
			_ = k.refused(errs.Conflict, func(tx *db.Tx) error { _, err := k.Define(tx, people.System, d); return err })
		}
		d := cars()
		d.Name = "products"
		if got := k.refused(errs.Invalid, func(tx *db.Tx) error { _, err := k.Define(tx, people.System, d); return err }); got != "name INVALID_NAME" {
			t.Error(got)
		}
		user := people.Actor{Kind: event.User, ID: 1}
		for _, fn := range []func(tx *db.Tx) error{
			func(tx *db.Tx) error { _, err := k.Define(tx, user, cars()); return err },
			func(tx *db.Tx) error { _, err := k.Change(tx, user, "car", schema.Change{}); return err },
			func(tx *db.Tx) error { return k.Archive(tx, user, "car") }, func(tx *db.Tx) error { return k.Purge(tx, user, "car") },
			func(tx *db.Tx) error { _, err := k.Associate(tx, user, "car", "0-2", ""); return err },
			func(tx *db.Tx) error { return k.Dissociate(tx, user, "car", "car_to_contact") },
		} {
			_ = k.refused(errs.Denied, fn)
		}
		// What was refused left nothing behind.
		k.see(func(tx *db.Tx) error {
			all, err := k.All(tx, false)
			if len(all) != 1 {
				t.Errorf("%+v", all)
			}
			return err
		})
	})
}

func TestTypesChange(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		k.define(cars())
		plural, none, required := "Vehicles", "", []string{"model", "seats"}
		var changed property.ObjectType
		k.do(func(tx *db.Tx) (err error) {
			changed, err = k.Change(tx, people.System, "2-1", schema.Change{LabelPlural: &plural, Description: &none, Required: &required})
			return err
		})
		if changed.Label != "Car" || changed.LabelPlural != plural || changed.Description != "" || !slices.Equal(changed.Required, required) || changed.PrimaryDisplay != "model" {
			t.Errorf("%+v", changed)
		}
		// A property that goes takes its place in the type's lists with it.
		k.do(func(tx *db.Tx) error { return k.props.Archive(tx, people.System, "car", "model") })
		k.see(func(tx *db.Tx) error {
			now, err := k.Find(tx, "car")
			if !slices.Equal(now.Required, []string{"seats"}) || now.PrimaryDisplay != "hs_object_id" {
				t.Errorf("%+v", now)
			}
			return err
		})
		if got := k.refused(errs.NotFound, func(tx *db.Tx) error { _, err := k.Change(tx, people.System, "boat", schema.Change{}); return err }); got != "OBJECT_NOT_FOUND" {
			t.Error(got)
		}
		if got := k.refused(errs.Invalid, func(tx *db.Tx) error { _, err := k.Change(tx, people.System, "tickets", schema.Change{}); return err }); got != "BUILT_IN" {
			t.Error(got)
		}
	})
}

func TestTypesGoWhenTheirRecordsAreGone(t *testing.T) { // API-1
	each(t, func(t *testing.T, k *desk) {
		k.define(cars())
		contact := k.make("contacts", map[string]string{"email": "ada@example.com"})
		var ids []int64
		for i := range 3 {
			ids = append(ids, k.make("car", map[string]string{"plate": fmt.Sprint(i)}, record.Link{ToType: "contacts", ToID: contact.ID}).ID)
		}
		archive := func(tx *db.Tx) error { return k.Archive(tx, people.System, "car") }
		purge := func(tx *db.Tx) error { return k.Purge(tx, people.System, "2-1") }
		if got := k.refused(errs.Invalid, archive); got != "OBJECT_TYPE_IN_USE" {
			t.Error(got)
		}
		if got := k.refused(errs.Invalid, purge); got != "OBJECT_TYPE_IN_USE" {
			t.Error(got)
		}
		for _, n := range ids {
			k.do(func(tx *db.Tx) error { return k.records.Archive(tx, people.System, "car", n) })
		}
		fleet := property.Definition{ObjectType: "contacts", Name: "fleet", Label: "Fleet", Type: property.Number, FieldType: "calculation_rollup",
			Rollup: &property.Rollup{Of: "car", How: property.Count}}
		k.do(func(tx *db.Tx) error { _, err := k.props.Create(tx, people.System, fleet); return err })
		if got := k.refused(errs.Invalid, archive); got != "OBJECT_TYPE_IN_USE" {
			t.Error(got)
		}
		k.do(func(tx *db.Tx) error { return k.props.Archive(tx, people.System, "contacts", "fleet") })
		k.do(archive)
		k.see(func(tx *db.Tx) error {
			living, err := k.All(tx, false)
			gone, errGone := k.All(tx, true)
			found, errFind := k.Find(tx, "car")
			if len(living) != 0 || len(gone) != 1 || !found.Archived || err != nil || errGone != nil || errFind != nil {
				t.Errorf("%+v %+v %+v", living, gone, found)
			}
			if _, err := k.records.Get(tx, people.System, "car", ids[0]); !errs.Is(err, errs.Invalid) {
				t.Errorf("its records are read: %v", err)
			}
			return nil
		})
		if got := k.refused(errs.Conflict, func(tx *db.Tx) error { _, err := k.Define(tx, people.System, cars()); return err }); got != "OBJECT_ALREADY_EXISTS" {
			t.Error(got)
		}
		k.do(purge)
		if got := k.refused(errs.NotFound, purge); got != "OBJECT_NOT_FOUND" {
			t.Error(got)
		}
		_ = k.refused(errs.Conflict, func(tx *db.Tx) error { _, err := k.Define(tx, people.System, cars()); return err })
		k.fold() // what was to be indexed of it stops nobody
		if err := k.runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		k.fold()
		for _, count := range []string{"SELECT count(*) FROM objects", "SELECT count(*) FROM unique_values", "SELECT count(*) FROM record_changes WHERE object_type = 'car'",
			"SELECT count(*) FROM properties WHERE object_type = 'car'", "SELECT count(*) FROM associations",
			"SELECT count(*) FROM search_segments WHERE object_type = 'car'", "SELECT count(*) FROM search_todo WHERE object_type = 'car'"} {
			k.see(func(tx *db.Tx) error {
				n, err := db.Value[int64](tx, count)
				if n != 0 {
					t.Errorf("%s: %d", count, n)
				}
				return err
			})
		}
		if again := k.define(cars()); again.TypeID != "2-2" {
			t.Errorf("the name is free, and the number is a new one: %+v", again)
		}
	})
}

func TestWaysToBeAssociated(t *testing.T) { // REC-1
	each(t, func(t *testing.T, k *desk) {
		own := k.define(cars())
		names := func() (out []string) {
			k.see(func(tx *db.Tx) error {
				all, err := k.Associations(tx, own)
				for _, a := range all {
					out = append(out, a.Name)
				}
				return err
			})
			return out
		}
		for _, want := range []string{"car_to_contact", "car_to_ticket", "car_to_note", "car_to_task", "car_to_call", "car_to_email", "car_to_meeting", "car_to_communication"} {
			if !slices.Contains(names(), want) {
				t.Errorf("no %s among %v", want, names())
			}
		}
		associate := func(from, to, name string) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				a, err := k.Associate(tx, people.System, from, to, name)
				if err == nil && name != "" && a.Label != "" && a.Name != name {
					t.Errorf("%+v", a)
				}
				return err
			}
		}
		k.do(associate("2-1", "0-2", ""))
		k.do(associate("2-1", "0-2", "fleet"))
		if all := names(); !slices.Contains(all, "car_to_company") || !slices.Contains(all, "fleet") {
			t.Errorf("%v", all)
		}
		k.do(func(tx *db.Tx) error { return k.Dissociate(tx, people.System, "car", "fleet") })
		if slices.Contains(names(), "fleet") {
			t.Errorf("%v", names())
		}
		if got := k.refused(errs.NotFound, func(tx *db.Tx) error { return k.Dissociate(tx, people.System, "car", "fleet") }); got != "OBJECT_NOT_FOUND" {
			t.Error(got)
		}
		if got := k.refused(errs.Invalid, associate("2-1", "boats", "")); got != "UNKNOWN_OBJECT_TYPE" {
			t.Error(got)
		}
	})
}
