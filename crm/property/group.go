package property

import (
	"fmt"
	"slices"
	"strings"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

// Group is where properties stand together (PROP-2).
type Group struct {
	Name   string
	Label  string
	Order  int // -1 is after all others
	Custom bool
}

// groupsMost bounds the groups of one object type.
const groupsMost = 200

// groupLabels are what people call built-in groups; others are called after their names.
var groupLabels = map[string]string{
	ticketInfo: "Ticket information", ticketActivity: "Ticket activity", conversation: "Conversation information", surveys: "Survey information",
	desk: "Help desk information", sla: "SLA information", contactInfo: "Contact information", companyInfo: "Company information",
	dealInfo: "Deal information", dealActivity: "Deal activity", engagement: "Activity information", feedback: "Feedback information",
	userInfo: "User information",
}

// Groups are the groups of the object type, in their order.
func (s *Set) Groups() []Group { return s.groups }

// Group returns a group by name.
func (s *Set) Group(name string) (Group, bool) {
	i := slices.IndexFunc(s.groups, func(g Group) bool { return g.Name == name })
	if i < 0 {
		return Group{}, false
	}
	return s.groups[i], true
}

// storedGroup is a row of the table.
type storedGroup struct {
	objectType string
	Group
}

func scanGroup(s db.Scanner) (g storedGroup, err error) {
	return g, s.Scan(&g.objectType, &g.Name, &g.Label, &g.Order)
}

const selectGroups = "SELECT object_type, name, label, position FROM property_groups ORDER BY created_at, name"

// grouped puts together the built-in groups, which are those of built-in properties, and the account's.
func (s *Set) grouped(built []row, stored []storedGroup) {
	for _, r := range built {
		if _, ok := s.Group(r.group); !ok {
			s.groups = append(s.groups, Group{Name: r.group, Label: groupLabel(r.group), Order: len(s.groups)})
		}
	}
	for _, g := range stored {
		if g.objectType != s.ObjectType.Name {
			continue
		}
		if i := slices.IndexFunc(s.groups, func(b Group) bool { return b.Name == g.Name }); i >= 0 {
			s.groups[i].Label, s.groups[i].Order = g.Label, g.Order
		} else {
			g.Custom = true
			s.groups = append(s.groups, g.Group)
		}
	}
	slices.SortStableFunc(s.groups, func(a, b Group) int { return rank(a.Order) - rank(b.Order) })
}

// rank places -1 after all others.
func rank(order int) int {
	if order < 0 {
		return 1 << 30
	}
	return order
}

func groupLabel(name string) string {
	if label, ok := groupLabels[name]; ok {
		return label
	}
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:min(1, len(words))]) + words[min(1, len(words)):]
}

// CreateGroup makes a group.
func (r *Registry) CreateGroup(tx *db.Tx, by people.Actor, objectType string, g Group) (Group, error) {
	set, err := r.change(tx, by, objectType)
	if err != nil {
		return g, err
	}
	if g, err = checkGroup(g); err != nil {
		return g, err
	}
	if !goodName.MatchString(g.Name) {
		return g, errs.Bad("name", "INVALID_NAME", "The internal name must begin with a letter and hold only a-z, 0-9 and _, at most 100.")
	}
	if _, taken := set.Group(g.Name); taken {
		return g, errs.Newf(errs.Conflict, "Property group %q already exists.", g.Name).WithCode("OBJECT_ALREADY_EXISTS")
	}
	if len(set.groups) >= groupsMost {
		return g, errs.Newf(errs.Invalid, "There are %d property groups, which is the limit.", len(set.groups)).WithCode("PROPERTY_LIMIT_REACHED")
	}
	return r.saveGroup(tx, set, g)
}

// UpdateGroup changes a group's label and order, of built-in ones too.
func (r *Registry) UpdateGroup(tx *db.Tx, by people.Actor, objectType string, g Group) (Group, error) {
	set, err := r.change(tx, by, objectType)
	if err != nil {
		return g, err
	}
	if _, ok := set.Group(g.Name); !ok {
		return g, NoGroup(g.Name)
	}
	if g, err = checkGroup(g); err != nil {
		return g, err
	}
	return r.saveGroup(tx, set, g)
}

// DeleteGroup removes a group of the account's that no property is in, archived ones aside: those come back to the first group.
func (r *Registry) DeleteGroup(tx *db.Tx, by people.Actor, objectType, name string) error {
	set, err := r.change(tx, by, objectType)
	if err != nil {
		return err
	}
	g, ok := set.Group(name)
	if !ok {
		return NoGroup(name)
	}
	if !g.Custom {
		return errs.Newf(errs.Invalid, "The group %s is built in and cannot be deleted.", g.Label).WithCode("CANNOT_DELETE_BUILT_IN")
	}
	var inside []string
	for _, d := range set.all {
		if d.Group == name {
			inside = append(inside, d.Name)
		}
	}
	if inside != nil {
		return errs.Newf(errs.Invalid, "The group %s holds %d properties: move them to another group first.", g.Label, len(inside)).
			WithCode("GROUP_IN_USE").WithDetail("propertyNames", inside...)
	}
	_, err = tx.Exec("DELETE FROM property_groups WHERE object_type = $1 AND name = $2", set.ObjectType.Name, name)
	r.sets.Invalidate(tx)
	return err
}

// NoGroup is the error for a group that is not there.
func NoGroup(name string) error {
	return errs.Newf(errs.NotFound, "There is no property group %q.", clip(name)).WithCode("OBJECT_NOT_FOUND")
}

func checkGroup(g Group) (Group, error) {
	if g.Label = strings.TrimSpace(g.Label); g.Label == "" || len(g.Label) > labelMost {
		return g, errs.Bad("label", "REQUIRED", fmt.Sprintf("The label must have 1 to %d characters.", labelMost))
	}
	if g.Order < -1 || g.Order > orderMost {
		return g, badOrder()
	}
	return g, nil
}

func badOrder() error {
	return errs.Bad("displayOrder", "INVALID_NUMBER", fmt.Sprintf("displayOrder must be from -1 to %d.", orderMost))
}

func (r *Registry) saveGroup(tx *db.Tx, set *Set, g Group) (Group, error) {
	_, err := tx.Exec(`INSERT INTO property_groups (object_type, name, label, position, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (object_type, name) DO UPDATE SET label = excluded.label, position = excluded.position, updated_at = excluded.updated_at`,
		set.ObjectType.Name, g.Name, g.Label, g.Order, tx.Micros())
	r.sets.Invalidate(tx)
	if err != nil {
		return g, err
	}
	if set, err = r.Set(tx, set.ObjectType.Name); err != nil {
		return g, err
	}
	g, _ = set.Group(g.Name)
	return g, nil
}
