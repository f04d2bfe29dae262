package importer

import (
	"fmt"
	"strings"
	"time"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
)

// value is what a cell means to a property: people write labels, names, and dates in their own order.
func (b *batch) value(set *property.Set, d property.Definition, given string) (string, error) {
	t := set.ObjectType
	switch {
	case d.Type == property.Date || d.Type == property.DateTime:
		return b.date(given), nil
	case d.References == property.ToUser:
		return b.user(d, given)
	case d.Name == t.Pipeline && t.Pipeline != "", d.Name == t.Stage && t.Stage != "":
		return b.stage(t, d, given)
	case d.Type == property.Enumeration && len(d.Options) > 0:
		return options(d, given), nil
	}
	return given, nil
}

// date brings a date in the import's order to the form that properties take; anything else stays as it is.
func (b *batch) date(given string) string {
	day, clock, timed := strings.Cut(given, " ")
	for _, layout := range dateFormats[b.im.plan.Dates] {
		at, err := time.Parse(layout, day)
		if err != nil {
			continue
		}
		if !timed {
			return at.Format(time.DateOnly)
		}
		for _, form := range []string{"15:04", "15:04:05", "3:04 PM"} {
			if c, err := time.Parse(form, strings.ToUpper(strings.TrimSpace(clock))); err == nil {
				return at.Add(time.Duration(c.Hour())*time.Hour + time.Duration(c.Minute())*time.Minute + time.Duration(c.Second())*time.Second).Format(time.RFC3339)
			}
		}
	}
	return given
}

// user finds a user by e-mail address, or by name where only one has it.
func (b *batch) user(d property.Definition, given string) (string, error) {
	if _, err := id.Parse(d.Name, given); err == nil {
		return given, nil
	}
	dir, err := b.s.people.Directory(b.tx)
	if err != nil {
		return "", err
	}
	if u, ok := dir.UserByEmail(given); ok {
		return id.Format(u.ID), nil
	}
	var named []int64
	for _, u := range dir.Users() {
		if u.Active && strings.EqualFold(u.Name, given) {
			named = append(named, u.ID)
		}
	}
	if len(named) != 1 {
		return "", errs.Bad(d.Name, "NO_OWNER", fmt.Sprintf("%s: there is not one user called %q.", d.Label, cut(given, 60)))
	}
	return id.Format(named[0]), nil
}

// stage finds a pipeline or stage by its label; ids stay as they are.
func (b *batch) stage(t property.ObjectType, d property.Definition, given string) (string, error) {
	lines, err := b.s.pipelines.All(b.tx, t.Name)
	if err != nil {
		return "", err
	}
	for _, p := range lines {
		if d.Name == t.Pipeline && strings.EqualFold(p.Label, given) {
			return p.ID, nil
		}
		for _, stage := range p.Stages {
			if d.Name == t.Stage && strings.EqualFold(stage.Label, given) {
				return stage.ID, nil
			}
		}
	}
	return given, nil
}

// options are the values of labels, one or several.
func options(d property.Definition, given string) string {
	one := func(text string) string {
		text = strings.TrimSpace(text)
		if _, ok := d.Option(text); ok {
			return text
		}
		for _, o := range d.Options {
			if strings.EqualFold(o.Label, text) || strings.EqualFold(o.Value, text) {
				return o.Value
			}
		}
		return text
	}
	if !d.Multi() {
		return one(given)
	}
	var out []string
	for text := range strings.SplitSeq(given, ";") {
		out = append(out, one(text))
	}
	return strings.Join(out, ";")
}
