package association_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/association"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

func kind(name, singular, id string) property.ObjectType {
	return property.ObjectType{Name: name, Singular: singular, TypeID: id, LabelPlural: name}
}

var (
	contacts  = kind("contacts", "contact", "0-1")
	companies = kind("companies", "company", "0-2")
	tickets   = kind("tickets", "ticket", "0-5")
	notes     = kind("notes", "note", "0-46")
	calls     = kind("calls", "call", "0-48")
	cars      = kind("cars", "car", "2-1")
	boats     = kind("boats", "boat", "2-2")
)

type desk struct {
	*association.Registry
	t *testing.T
	d *db.DB
}

func each(t *testing.T, story func(k *desk)) {
	t.Helper()
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) { story(&desk{association.New(d), t, d}) })
}

func (k *desk) do(fn func(tx *db.Tx) error) { k.t.Helper(); dbtest.Do(k.t, k.d, fn) }

// refused runs fn, which must fail with the kind, and returns the code of the error.
func (k *desk) refused(kind errs.Kind, fn func(tx *db.Tx) error) string {
	k.t.Helper()
	err := k.d.Write(context.Background(), fn)
	e := errs.As(err)
	if !errs.Is(err, kind) || e == nil {
		k.t.Errorf("got %v, want an error that is %v", err, kind)
		return ""
	}
	if e.Code == "" && len(e.Fields) > 0 {
		return e.Fields[0].Code
	}
	return e.Code
}

// list shows the types of a pair as "id/label".
func (k *desk) list(from, to property.ObjectType) string {
	k.t.Helper()
	var out []string
	dbtest.See(k.t, k.d, func(tx *db.Tx) error {
		all, err := k.Of(tx, from, to)
		for _, t := range all {
			out = append(out, fmt.Sprintf("%d/%s", t.ID, t.Label))
		}
		return err
	})
	return strings.Join(out, " ")
}

func (k *desk) label(from, to property.ObjectType, l association.Label) (t association.Type) {
	k.t.Helper()
	k.do(func(tx *db.Tx) (err error) { t, err = k.CreateLabel(tx, people.System, from, to, l); return err })
	return t
}

func TestHubSpotsOwnTypes(t *testing.T) { // REC-1, API-1
	each(t, func(k *desk) {
		for _, c := range []struct {
			from, to property.ObjectType
			want     string
		}{
			{tickets, companies, "339/ 26/Primary"}, {companies, tickets, "340/ 25/Primary"}, {tickets, tickets, "452/"},
			{companies, companies, "450/ 13/Child Company 14/Parent Company"}, {contacts, companies, "279/ 1/Primary"},
			{tickets, contacts, "16/ 10001/Requester 10003/CC"}, {contacts, tickets, "15/ 10002/Requester 10004/CC"},
			{notes, tickets, "228/"}, {notes, notes, ""}, {cars, tickets, ""},
		} {
			if got := k.list(c.from, c.to); got != c.want {
				k.t.Errorf("%s to %s: %q, want %q", c.from.Name, c.to.Name, got, c.want)
			}
		}
		k.do(func(tx *db.Tx) error {
			for _, from := range []property.ObjectType{contacts, companies, tickets, notes, calls} {
				all, err := k.From(tx, from)
				if err != nil {
					return err
				}
				for _, a := range all {
					b, err := k.Turned(tx, a)
					if err != nil || b.Inverse != a.ID || b.To != a.From || b.From != a.To || b.Category != a.Category {
						k.t.Errorf("%+v turned is %+v, %v", a, b, err)
					}
				}
			}
			return nil
		})
	})
}

func TestTypesByNameAndByWhereTheyLead(t *testing.T) { // API-1
	each(t, func(k *desk) {
		k.do(func(tx *db.Tx) error {
			for name, want := range map[string]int{"ticket_to_company": 26, "TICKET_TO_COMPANY_UNLABELED": 339, "339": 339, "25": 0, "nonsense": 0, "": 0} {
				got, ok, err := k.Named(tx, tickets, companies, name)
				if err != nil || got.ID != want || ok != (want != 0) {
					k.t.Errorf("%q is %+v, %v", name, got, err)
				}
			}
			for id, want := range map[int]string{16: "contacts", 26: "companies", 452: "tickets", 228: "", 10003: "contacts", 0: ""} {
				if got, _, err := k.Leads(tx, tickets, id); err != nil || got.To != want {
					k.t.Errorf("%d leads to %q, %v", id, got.To, err)
				}
			}
			if got, ok, err := k.Find(tx, tickets, companies, 0); err != nil || !ok || got.ID != 339 || got.Label != "" {
				k.t.Errorf("unlabelled: %+v, %v", got, err)
			}
			if _, ok, err := k.Find(tx, tickets, companies, 16); ok || err != nil {
				k.t.Error("the type of another pair was found", err)
			}
			return nil
		})
	})
}

func TestLabelsOfTheAccount(t *testing.T) { // REC-1
	each(t, func(k *desk) {
		one := k.label(tickets, contacts, association.Label{Name: "witness", Label: " Witness "})
		if one.Category != association.UserDefined || one.Label != "Witness" || one.Inverse != one.ID+1 {
			k.t.Errorf("got %+v", one)
		}
		two := k.label(contacts, contacts, association.Label{Label: "Manager", Inverse: "Direct report"})
		if two.Name != "manager" || two.Inverse != two.ID+1 {
			k.t.Errorf("got %+v", two)
		}
		three := k.label(contacts, contacts, association.Label{Label: "1st neighbour"})
		if three.Name != "label_1st_neighbour" || three.Inverse != three.ID {
			k.t.Errorf("got %+v", three)
		}
		if got := k.list(contacts, contacts); got != "449/ 10007/Manager 10008/Direct report 10009/1st neighbour" {
			k.t.Errorf("contacts to contacts: %s", got)
		}
		if got := k.list(contacts, tickets); !strings.HasSuffix(got, "10006/Witness") {
			k.t.Errorf("from the other end: %s", got)
		}
		rename := func(from, to property.ObjectType, id int, l association.Label) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { return k.RenameLabel(tx, people.System, from, to, id, l) }
		}
		k.do(rename(contacts, tickets, one.Inverse, association.Label{Label: "Bystander"}))
		k.do(rename(contacts, contacts, two.Inverse, association.Label{Label: "Report"}))
		if got := k.list(contacts, contacts); got != "449/ 10007/Manager 10008/Report 10009/1st neighbour" {
			k.t.Errorf("renamed from the far end: %s", got)
		}
		if got := k.list(tickets, contacts); !strings.HasSuffix(got, "10005/Bystander") {
			k.t.Errorf("one word for both ends: %s", got)
		}
		k.refused(errs.Invalid, rename(contacts, contacts, three.ID, association.Label{Label: "Neighbour", Inverse: "Other"}))
		k.refused(errs.Conflict, rename(contacts, contacts, three.ID, association.Label{Label: "manager"}))
		k.refused(errs.Invalid, rename(tickets, companies, 26, association.Label{Label: "Main"}))
		k.refused(errs.NotFound, rename(tickets, contacts, 4711, association.Label{Label: "Main"}))
	})
}

func TestLabelsThatAreRefused(t *testing.T) { // REC-1, ACC-3
	each(t, func(k *desk) {
		create := func(by people.Actor, from, to property.ObjectType, l association.Label) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { _, err := k.CreateLabel(tx, by, from, to, l); return err }
		}
		for name, c := range map[string]struct {
			kind errs.Kind
			to   property.ObjectType
			l    association.Label
		}{
			"no word":          {errs.Invalid, contacts, association.Label{Name: "x"}},
			"two lines":        {errs.Invalid, contacts, association.Label{Label: "a\nb"}},
			"a NUL":            {errs.Invalid, contacts, association.Label{Label: "a", Inverse: "b\x00"}},
			"too long":         {errs.Invalid, contacts, association.Label{Label: strings.Repeat("ü", 101)}},
			"a bad name":       {errs.Invalid, contacts, association.Label{Name: "a-b", Label: "A"}},
			"the same label":   {errs.Conflict, contacts, association.Label{Name: "x", Label: "requester"}},
			"the same name":    {errs.Conflict, contacts, association.Label{Name: "CC", Label: "Copied"}},
			"HubSpot's word":   {errs.Conflict, companies, association.Label{Label: "Primary"}},
			"an unfit pair":    {errs.Invalid, kind("quotes", "quote", "0-14"), association.Label{Label: "A"}},
			"HubSpot's a name": {errs.Conflict, companies, association.Label{Name: "ticket_to_company", Label: "A"}},
		} {
			if err := k.d.Write(context.Background(), create(people.System, tickets, c.to, c.l)); !errs.Is(err, c.kind) {
				k.t.Errorf("%s: %v", name, err)
			}
		}
		k.refused(errs.Denied, create(people.Actor{Kind: event.User, ID: 7}, tickets, contacts, association.Label{Label: "A"}))
		for i := range 48 { // two are there
			k.label(tickets, contacts, association.Label{Label: fmt.Sprintf("Label %d", i)})
		}
		if got := k.refused(errs.Invalid, create(people.System, contacts, tickets, association.Label{Label: "Too many"})); got != "ASSOCIATION_LABEL_LIMIT_REACHED" {
			k.t.Errorf("code %s", got)
		}
	})
}

func TestTypesOfOwnObjects(t *testing.T) { // REC-1
	each(t, func(k *desk) {
		var made association.Type
		k.do(func(tx *db.Tx) error {
			if _, ok, err := k.Define(tx, tickets, kind("quotes", "quote", "0-14")); ok || err != nil {
				k.t.Errorf("HubSpot has no type for it: %v", err)
			}
			if got, ok, err := k.Define(tx, tickets, contacts); !ok || err != nil || got.ID != 16 {
				k.t.Errorf("what is there stays: %+v %v", got, err)
			}
			var err error
			made, _, err = k.Define(tx, cars, tickets)
			return err
		})
		if made.ID < association.FirstOwn || made.Label != "" || made.Name != "car_to_ticket" || k.list(tickets, cars) != fmt.Sprintf("%d/", made.Inverse) {
			k.t.Errorf("got %+v, %s", made, k.list(tickets, cars))
		}
		var wg sync.WaitGroup
		ids := make([]int, 8)
		for i := range ids {
			wg.Go(func() {
				err := k.d.Write(context.Background(), func(tx *db.Tx) error {
					t, _, err := k.Define(tx, cars, boats)
					ids[i] = t.ID
					return err
				})
				if err != nil {
					k.t.Error(err)
				}
			})
		}
		wg.Wait()
		if slices.Sort(ids); ids[0] != ids[7] || ids[0] == 0 {
			k.t.Errorf("made more than once: %v", ids)
		}
		owner := k.label(cars, contacts, association.Label{Label: "Owner"})
		k.do(func(tx *db.Tx) error {
			ids, err := k.Undefine(tx, people.System, contacts, cars, owner.Inverse)
			if slices.Sort(ids); !slices.Equal(ids, []int{owner.ID, owner.Inverse}) {
				k.t.Errorf("gone %v", ids)
			}
			return err
		})
		k.label(cars, contacts, association.Label{Label: "Owner"}) // the word is free, the id is not
		if got := k.list(cars, contacts); strings.Contains(got, fmt.Sprint(owner.ID)) || !strings.HasSuffix(got, "/Owner") {
			k.t.Errorf("ids are never used again: %s", got)
		}
		undefine := func(from, to property.ObjectType, id int) func(tx *db.Tx) error {
			return func(tx *db.Tx) error { _, err := k.Undefine(tx, people.System, from, to, id); return err }
		}
		k.refused(errs.Invalid, undefine(tickets, companies, 26))
		k.refused(errs.NotFound, undefine(tickets, companies, 4711))
		k.refused(errs.NotFound, undefine(tickets, companies, 0))
		k.do(undefine(cars, tickets, made.ID))
		k.do(func(tx *db.Tx) error { _, err := k.Forget(tx, cars); return err })
		if got := k.list(cars, contacts) + k.list(boats, cars) + k.list(tickets, cars); got != "" {
			k.t.Errorf("left: %s", got)
		}
	})
}

func TestLimitsOfTypes(t *testing.T) { // REC-1
	each(t, func(k *desk) {
		limit := func(id, most int, fresh bool) func(tx *db.Tx) error {
			return func(tx *db.Tx) error {
				_, err := k.Limit(tx, people.System, tickets, contacts, id, most, fresh)
				return err
			}
		}
		limited := func() (out []string) {
			k.do(func(tx *db.Tx) error {
				all, err := k.Limited(tx)
				for _, t := range all {
					out = append(out, fmt.Sprintf("%s %d %d", t.From, t.ID, t.Most))
				}
				return err
			})
			return out
		}
		k.refused(errs.NotFound, limit(16, 5, false))
		k.do(limit(16, 5, true))
		k.do(limit(10001, 1, true))
		if got := k.refused(errs.Conflict, limit(16, 6, true)); got != "OBJECT_ALREADY_EXISTS" {
			k.t.Errorf("code %s", got)
		}
		k.do(limit(16, 6, false))
		if got := limited(); !slices.Equal(got, []string{"tickets 16 6", "tickets 10001 1"}) {
			k.t.Errorf("limits %v", got)
		}
		for _, most := range []int{0, -1, 50001} {
			k.refused(errs.Invalid, limit(16, most, false))
		}
		k.refused(errs.NotFound, limit(15, 5, true))
		k.refused(errs.Denied, func(tx *db.Tx) error { return k.Unlimit(tx, people.Actor{Kind: event.User}, tickets, contacts, 16) })
		for range 2 {
			k.do(func(tx *db.Tx) error { return k.Unlimit(tx, people.System, tickets, contacts, 16) })
		}
		k.do(func(tx *db.Tx) error { _, err := k.Undefine(tx, people.System, tickets, contacts, 10001); return err })
		if got := limited(); len(got) != 0 {
			k.t.Errorf("limits left: %v", got)
		}
	})
}

// Whatever a label says, its internal name is one that can be asked for.
func TestInternalNamesOfLabels(t *testing.T) { // REC-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	k := &desk{association.New(d), t, d}
	rapid.Check(t, func(rt *rapid.T) {
		label := rapid.StringN(1, 100, -1).Draw(rt, "label")
		err := d.Write(context.Background(), func(tx *db.Tx) error {
			made, err := k.CreateLabel(tx, people.System, tickets, contacts, association.Label{Label: label})
			if err != nil {
				return err
			}
			if found, ok, err := k.Named(tx, tickets, contacts, made.Name); err != nil || !ok || found.ID != made.ID || len(found.Name) > 100 {
				rt.Fatalf("%q is named %q: %v", label, made.Name, err)
			}
			_, err = k.Undefine(tx, people.System, tickets, contacts, made.ID)
			return err
		})
		if err != nil && !errs.Is(err, errs.Invalid) && !errs.Is(err, errs.Conflict) {
			rt.Fatalf("%q: %v", label, err)
		}
	})
}
