package property_test

import (
	"context"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/rule"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/db/dbtest"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people"
)

func TestObjectTypesByEachName(t *testing.T) { // API-1
	d := dbtest.Open(t, dbtest.SQLite(t))
	props := property.New(d)
	dbtest.See(t, d, func(tx *db.Tx) error {
		for name, want := range map[string]string{"tickets": "tickets", "ticket": "tickets", "TICKET": "tickets", "0-5": "tickets",
			"contacts": "contacts", "0-1": "contacts", "companies": "companies", "Company": "companies", "0-2": "companies",
			"": "", "0-99": "", "tickets ": "", "rockets": ""} {
			got, err := props.Type(tx, name)
			if got.Name != want || errs.Is(err, errs.Invalid) != (want == "") {
				t.Errorf("%q: %q, %v", name, got.Name, err)
			}
			set, err := props.Set(tx, name)
			if (err == nil) != (want != "") || err == nil && set.ObjectType.Name != want {
				t.Errorf("properties of %q: %v", name, err)
			}
		}
		return nil
	})
}

// types are the object types of a database.
func types(t *testing.T, d *db.DB) (all []property.ObjectType) {
	t.Helper()
	dbtest.See(t, d, func(tx *db.Tx) (err error) {
		all, err = property.New(d).Types(tx)
		return err
	})
	return all
}

func TestNormalize(t *testing.T) { // PROP-1, PROP-2
	number := property.Definition{Name: "n", Label: "N", Type: property.Number}
	when := property.Definition{Name: "w", Label: "W", Type: property.DateTime}
	day := property.Definition{Name: "d", Label: "D", Type: property.Date}
	yes := property.Definition{Name: "b", Label: "B", Type: property.Bool}
	one := property.Definition{Name: "o", Label: "O", Type: property.Enumeration, FieldType: "select", Options: []property.Option{{Value: "LOW"}, {Value: "HIGH"}}}
	some := property.Definition{Name: "s", Label: "S", Type: property.Enumeration, FieldType: "checkbox",
		Options: []property.Option{{Value: "b", Order: 0}, {Value: "a", Order: 1}, {Value: "c", Order: 2}}}
	owner := property.Definition{Name: "owner", Label: "Owner", Type: property.Enumeration, FieldType: "select", References: property.ToUser}
	text := property.Definition{Name: "t", Label: "T", Type: property.String}
	call := property.Definition{Name: "p", Label: "P", Type: property.Phone, FieldType: "phonenumber"}
	rich := property.Definition{Name: "r", Label: "R", Type: property.String, FieldType: "html"}
	file := property.Definition{Name: "f", Label: "F", Type: property.String, FieldType: "file"}
	format := func(f string) property.Definition {
		return property.Definition{Name: f, Label: f, Type: property.String, Format: f}
	}
	for _, c := range []struct {
		d         property.Definition
		raw, want string
		code      string
	}{
		{number, "5", "5", ""}, {number, " 05.50 ", "5.5", ""}, {number, "1e3", "1000", ""}, {number, "-0", "0", ""}, {number, "", "", ""},
		{number, "five", "", "INVALID_NUMBER"},
		{number, "NaN", "", "INVALID_NUMBER"}, {number, "0x10", "", "INVALID_NUMBER"}, {number, "1_0", "", "INVALID_NUMBER"},
		{when, "1793610000000", "2026-11-02T09:00:00.000Z", ""}, {when, "2026-11-02T10:00:00.1239+01:00", "2026-11-02T09:00:00.123Z", ""},
		{when, "2026-11-02", "2026-11-02T00:00:00.000Z", ""}, {when, "soon", "", "INVALID_DATE"}, {when, "9999999999999999", "", "INVALID_DATE"},
		{day, "2026-11-02", "2026-11-02", ""}, {day, "1793577600000", "2026-11-02", ""}, {day, "2026-13-02", "", "INVALID_DATE"},
		{yes, "TRUE", "true", ""}, {yes, "0", "false", ""}, {yes, "maybe", "", "INVALID_OPTION"},
		{one, "low", "LOW", ""}, {one, "NONE", "", "INVALID_OPTION"},
		{some, "c;a; B;a", "b;a;c", ""}, {some, ";", "", ""}, {some, "a;z", "", "INVALID_OPTION"},
		{owner, "007", "7", ""}, {owner, "ada", "", "INVALID_OPTION"}, {owner, "-1", "", "INVALID_OPTION"},
		{text, "a\x00b\xffc", "ab\uFFFDc", ""}, {text, strings.Repeat("é", 10), strings.Repeat("é", 10), ""},
		{text, strings.Repeat("x", 65537), "", "INVALID_STRING"},
		{call, "+31 (0)20 123-4567", "+31201234567", ""}, {call, " ask Ann ", "ask Ann", ""},
		{rich, "<p onclick=x()>Hi<script>alert(1)</script></p>", "<p>Hi</p>", ""},
		{file, "12; 7;12", "12;7", ""}, {file, "a.png", "", "INVALID_FILE"}, {file, strings.Repeat("1;", 2) + "0", "", "INVALID_FILE"},
		{format("email"), " Ada@Example.COM ", "ada@example.com", ""}, {format("email"), "Ada <ada@example.com>", "", "INVALID_EMAIL"},
		{format("email"), "ada", "", "INVALID_EMAIL"}, {format("emails"), "B@x.example;b@X.example;", "b@x.example", ""},
		{format("domain"), "https://www.Example.com/a?b", "example.com", ""}, {format("domain"), "münchen.example", "münchen.example", ""},
		{format("domain"), "no domain", "", "INVALID_DOMAIN"},
		{format("url"), "https://example.com/a", "https://example.com/a", ""}, {format("url"), "javascript:alert(1)", "", "INVALID_URL"},
	} {
		got, err := c.d.Normalize(c.raw)
		if c.code == "" && (err != nil || got != c.want) {
			t.Errorf("%s %q: got %q, %v; want %q", c.d.Name, c.raw, got, err, c.want)
		}
		if c.code != "" && (!errs.Is(err, errs.Invalid) || errs.As(err).Fields[0].Code != c.code || errs.As(err).Fields[0].Name != c.d.Name) {
			t.Errorf("%s %.20q: got %q, %v; want %s", c.d.Name, c.raw, got, err, c.code)
		}
	}
}

// TestNormalizeIsStable: what is canonical stays as it is, or a value would change each time it is saved.
func TestNormalizeIsStable(t *testing.T) {
	d := dbtest.Open(t, dbtest.SQLite(t))
	var all []property.Definition
	for _, o := range types(t, d) {
		dbtest.See(t, d, func(tx *db.Tx) error {
			set, err := property.New(d).Set(tx, o.Name)
			all = append(all, set.All()...)
			return err
		})
	}
	rapid.Check(t, func(rt *rapid.T) {
		def := rapid.SampledFrom(all).Draw(rt, "definition")
		raw := rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[0-9]{1,25}(\.[0-9]{1,9})?(e[0-9])?`),
			rapid.StringMatching(`[a-z]{1,5}@[a-z]{1,5}\.[a-z]{2}`), rapid.SampledFrom([]string{"LOW", "true", "2026-11-02", "a;b", "https://x.example"})).Draw(rt, "raw")
		once, err := def.Normalize(raw)
		if err != nil {
			return
		}
		if twice, err := def.Normalize(once); err != nil || twice != once {
			rt.Errorf("%s: %q becomes %q, then %q %v", def.Name, raw, once, twice, err)
		}
	})
}

func TestBuiltInDefinitionsAreSound(t *testing.T) { // PROP-3
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		for _, o := range types(t, d) {
			dbtest.See(t, d, func(tx *db.Tx) error {
				set, err := property.New(d).Set(tx, o.TypeID)
				if err != nil {
					return err
				}
				names := map[string]bool{}
				for _, def := range set.All() {
					if names[def.Name] || def.Label == "" || def.FieldType == "" || def.Group == "" || def.ObjectType != o.Name || def.Custom {
						t.Errorf("%s: %+v", o.Name, def)
					}
					names[def.Name] = true
					if def.Column != "" {
						if _, err := db.Value[int64](tx, "SELECT count("+def.Column+") FROM "+o.Table); err != nil {
							return err
						}
					}
				}
				for _, name := range append([]string{o.PrimaryDisplay, "hs_object_id", set.Holds("created_at"), set.Holds("updated_at"), "hubspot_owner_id", "hubspot_team_id"}, o.Required...) {
					if !names[name] {
						t.Errorf("%s has no %s", o.Name, name)
					}
				}
				return nil
			})
		}
	})
}

func TestPropertiesOfEachStatus(t *testing.T) { // STAT-6
	d := dbtest.Open(t, dbtest.SQLite(t))
	dbtest.See(t, d, func(tx *db.Tx) error {
		set, err := property.New(d).Set(tx, "tickets")
		if err != nil {
			return err
		}
		if def, ok := set.Get("hs_time_in_172-a_B"); !ok || def.Type != property.Number || !def.ReadOnly || def.Name != "hs_time_in_172-a_B" {
			t.Errorf("got %+v", def)
		}
		for _, name := range []string{"hs_time_in_", "hs_time_in_'", "hs_date_entered_a b", "hs_date_exited_" + strings.Repeat("1", 200), "hs_nonsense_1"} {
			if _, ok := set.Get(name); ok {
				t.Errorf("%q must not be a property", name)
			}
		}
		return nil
	})
}

// admin may change properties, clerk may not.
var (
	admin = people.Actor{Kind: event.User, ID: 1, Permissions: []people.Permission{people.ManageProperties}}
	clerk = people.Actor{Kind: event.User, ID: 2}
)

func TestCustomProperties(t *testing.T) { // PROP-2, PROP-6
	dbtest.EachDB(t, func(t *testing.T, d *db.DB) {
		r := property.New(d)
		size := property.Definition{ObjectType: "tickets", Name: "size", Label: " Size ", Type: property.Enumeration, Options: []property.Option{{Value: "S", Label: "Small"}}}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			made, err := r.Create(tx, admin, size)
			if err != nil || !made.Custom || made.Label != "Size" || made.FieldType != "select" || made.Group != "ticketinformation" {
				t.Errorf("made %+v, %v", made, err)
			}
			return err
		})
		get := func(name string) (def property.Definition, ok bool) {
			dbtest.See(t, d, func(tx *db.Tx) error {
				set, err := r.Set(tx, "tickets")
				if err == nil {
					def, ok = set.Get(name)
				}
				return err
			})
			return def, ok
		}
		if def, ok := get("size"); !ok || def.Options[0].Label != "Small" {
			t.Errorf("got %+v", def)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			size.Options = append(size.Options, property.Option{Value: "L", Label: "Large"})
			size.Type = property.Number // stays what it was
			if _, err := r.Update(tx, admin, size); err != nil {
				return err
			}
			built := property.Definition{ObjectType: "tickets", Name: "hs_ticket_priority", Label: "Urgency", Group: "ticket_activity", Options: []property.Option{{Value: "P1", Label: "First"}}}
			_, err := r.Update(tx, admin, built)
			return err
		})
		if def, _ := get("size"); len(def.Options) != 2 || def.Type != property.Enumeration {
			t.Errorf("got %+v", def)
		}
		if def, _ := get("hs_ticket_priority"); def.Label != "Urgency" || def.Column != "priority" || len(def.Options) != 1 || def.Custom {
			t.Errorf("got %+v", def)
		}
		dbtest.Do(t, d, func(tx *db.Tx) error { return r.Archive(tx, admin, "tickets", "size") })
		if _, ok := get("size"); ok {
			t.Error("archived, but there")
		}
		dbtest.Do(t, d, func(tx *db.Tx) error {
			archived, err := r.Archived(tx, "tickets")
			if len(archived) != 1 || !archived[0].Archived {
				t.Errorf("archived %+v", archived)
			}
			if err == nil {
				size.Type = property.Enumeration
				_, err = r.Create(tx, admin, size)
			}
			return err
		})
		if _, ok := get("size"); !ok {
			t.Error("restored, but not there")
		}
	})
}

func rules(typ string, args ...string) []rule.Rule { return []rule.Rule{{Type: typ, Args: args}} }

func TestBadDefinitions(t *testing.T) { // PROP-2
	d := dbtest.Open(t, dbtest.SQLite(t))
	r := property.New(d)
	good := property.Definition{ObjectType: "tickets", Name: "good", Label: "Good", Type: property.String}
	with := func(change func(*property.Definition)) property.Definition {
		d := good
		change(&d)
		return d
	}
	for name, c := range map[string]struct {
		d    property.Definition
		kind errs.Kind
	}{
		"bad name":         {with(func(d *property.Definition) { d.Name = "Bad'); --" }), errs.Invalid},
		"HubSpot's prefix": {with(func(d *property.Definition) { d.Name = "hs_mine" }), errs.Invalid},
		"no label":         {with(func(d *property.Definition) { d.Label = " " }), errs.Invalid},
		"no type":          {with(func(d *property.Definition) { d.Type = "blob" }), errs.Invalid},
		"bad field":        {with(func(d *property.Definition) { d.FieldType = "checkbox" }), errs.Invalid},
		"bad rule":         {with(func(d *property.Definition) { d.Rules = rules("REGEX", "(") }), errs.Invalid},
		"no rule of texts": {with(func(d *property.Definition) { d.Rules = rules("DECIMAL", "2") }), errs.Invalid},
		"rule twice":       {with(func(d *property.Definition) { d.Rules = append(rules("MAX_LENGTH", "2"), rules("MAX_LENGTH", "3")...) }), errs.Invalid},
		"min above max": {with(func(d *property.Definition) {
			d.Type, d.Rules = property.Number, append(rules("MIN_NUMBER", "2"), rules("MAX_NUMBER", "1")...)
		}), errs.Invalid},
		"longer than long": {with(func(d *property.Definition) { d.Rules = append(rules("MIN_LENGTH", "20"), rules("MAX_LENGTH", "3")...) }), errs.Invalid},
		"no group":         {with(func(d *property.Definition) { d.Group = "nowhere" }), errs.Invalid},
		"bad order":        {with(func(d *property.Definition) { d.Order = -2 }), errs.Invalid},
		"bad format":       {with(func(d *property.Definition) { d.Format = "currency" }), errs.Invalid},
		"bad sensitivity":  {with(func(d *property.Definition) { d.Sensitivity = "secret" }), errs.Invalid},
		"bad date hint":    {with(func(d *property.Definition) { d.Shown.Date = "time_since" }), errs.Invalid},
		"no currency":      {with(func(d *property.Definition) { d.Type, d.Shown.Currency = property.Number, "nothing" }), errs.Invalid},
		"bad reference":    {with(func(d *property.Definition) { d.Type, d.References = property.Enumeration, "PLANET" }), errs.Invalid},
		"no formula":       {with(func(d *property.Definition) { d.FieldType = property.Equation }), errs.Invalid},
		"formula of none":  {with(func(d *property.Definition) { d.FieldType, d.Formula = "text", "'a'" }), errs.Invalid},
		"no rollup":        {with(func(d *property.Definition) { d.Type, d.FieldType = property.Number, property.Rolled }), errs.Invalid},
		"no options":       {with(func(d *property.Definition) { d.Type = property.Enumeration }), errs.Invalid},
		"unique choice":    {with(func(d *property.Definition) { d.Type, d.Unique = property.Bool, true }), errs.Invalid},
		"twice an option": {with(func(d *property.Definition) {
			d.Type, d.Options = property.Enumeration, []property.Option{{Value: "a", Label: "A"}, {Value: "A", Label: "B"}}
		}), errs.Invalid},
		"taken":   {with(func(d *property.Definition) { d.Name = "subject" }), errs.Conflict},
		"nowhere": {with(func(d *property.Definition) { d.ObjectType = "rockets" }), errs.Invalid},
	} {
		err := d.Write(context.Background(), func(tx *db.Tx) error { _, err := r.Create(tx, admin, c.d); return err })
		if !errs.Is(err, c.kind) {
			t.Errorf("%s: got %v, want %v", name, err, c.kind)
		}
	}
	for name, fn := range map[string]func(tx *db.Tx) error{
		"create by a clerk":  func(tx *db.Tx) error { _, err := r.Create(tx, clerk, good); return err },
		"archive by a clerk": func(tx *db.Tx) error { return r.Archive(tx, clerk, "tickets", "subject") },
		"archive a built in": func(tx *db.Tx) error { return r.Archive(tx, admin, "tickets", "subject") },
		"archive nothing":    func(tx *db.Tx) error { return r.Archive(tx, admin, "tickets", "none") },
		"update nothing":     func(tx *db.Tx) error { _, err := r.Update(tx, admin, good); return err },
		"no options left": func(tx *db.Tx) error {
			_, err := r.Update(tx, admin, property.Definition{ObjectType: "tickets", Name: "hs_ticket_priority", Label: "P"})
			return err
		},
	} {
		if err := d.Write(context.Background(), fn); errs.KindOf(err) == errs.Internal {
			t.Errorf("%s: got %v", name, err)
		}
	}
	dbtest.Do(t, d, func(tx *db.Tx) error {
		for i := range 10 {
			u := with(func(d *property.Definition) { d.Name, d.Unique = "u"+strings.Repeat("x", i), true })
			if _, err := r.Create(tx, admin, u); err != nil {
				return err
			}
		}
		_, err := r.Create(tx, admin, with(func(d *property.Definition) { d.Unique = true }))
		if !errs.Is(err, errs.Invalid) || errs.As(err).Code != "PROPERTY_LIMIT_REACHED" {
			t.Errorf("the eleventh unique property: %v", err)
		}
		return nil
	})
}
