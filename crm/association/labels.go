package association

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/people"
)

const (
	LabelsMost = 50  // of a pair of object types
	labelMost  = 100 // characters
)

// Label is what the account calls a kind of relation.
type Label struct {
	Name    string // internal, never changed; made from Label when empty
	Label   string // what the far end is to the near one: "Manager"
	Inverse string // what the near end is to the far one, when that differs: "Employee"; "" for the same word
}

var goodName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// CreateLabel adds a label to a pair of object types (REC-1), 50 at most, and returns the type seen from the first end.
func (r *Registry) CreateLabel(tx *db.Tx, by people.Actor, from, to property.ObjectType, l Label) (Type, error) {
	if err := may(by); err != nil {
		return Type{}, err
	}
	if _, ok, err := r.Define(tx, from, to); err != nil || !ok {
		return Type{}, orUnrelated(err, from, to)
	}
	if err := l.check(); err != nil {
		return Type{}, err
	}
	if err := tx.Lock(typesLock); err != nil {
		return Type{}, err
	}
	r.sets.Invalidate(tx) // whoever held the lock before may have added one
	all, err := r.Of(tx, from, to)
	if err != nil {
		return Type{}, err
	}
	if err := l.fits(all, 0); err != nil {
		return Type{}, err
	}
	reverse, turned := l.Inverse, l.Name
	if reverse == "" {
		reverse = l.Label
	} else if reverse != l.Label {
		turned = internalName(reverse)
	}
	return r.insert(tx, stored{from: from.Name, to: to.Name, name: l.Name, turned: turned, label: l.Label, reverse: reverse})
}

// check brings a label to its stored form.
func (l *Label) check() error {
	l.Label, l.Inverse = strings.TrimSpace(l.Label), strings.TrimSpace(l.Inverse)
	both := l.Label + l.Inverse
	if l.Label == "" || utf8.RuneCountInString(l.Label) > labelMost || utf8.RuneCountInString(l.Inverse) > labelMost ||
		!utf8.ValidString(both) || strings.ContainsFunc(both, unicode.IsControl) {
		return errs.Bad("label", "INVALID_LABEL", fmt.Sprintf("A label needs from 1 to %d characters on one line.", labelMost))
	}
	if l.Name == "" {
		l.Name = internalName(l.Label)
	}
	if len(l.Name) > labelMost || !goodName.MatchString(l.Name) {
		return errs.Bad("name", "INVALID_NAME", "An internal name begins with a letter and has only letters, digits and underscores.")
	}
	return nil
}

// internalName makes the internal name of a label: "Billing contact" becomes billing_contact.
func internalName(label string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(label))
	if name = strings.Trim(name, "_"); name == "" || name[0] >= '0' && name[0] <= '9' {
		name = "label_" + name
	}
	return name[:min(len(name), labelMost)]
}

// fits refuses a word that the pair has already, and a label too many. except is the id of the label that is renamed.
func (l Label) fits(all []*Type, except int) error {
	labels := map[int]bool{} // by their smaller id: within one object type both ends are in the list
	for _, t := range all {
		if t.ID == except || except != 0 && t.Inverse == except {
			continue
		}
		if t.Category == UserDefined && t.Label != "" {
			labels[min(t.ID, t.Inverse)] = true
		}
		switch {
		case except == 0 && strings.EqualFold(t.Name, l.Name):
			return errs.Newf(errs.Conflict, "There is an association named %q between these already.", l.Name).WithCode("OBJECT_ALREADY_EXISTS")
		case t.Label != "" && strings.EqualFold(t.Label, l.Label):
			return errs.Newf(errs.Conflict, "There is a label %q between these already.", l.Label).WithCode("OBJECT_ALREADY_EXISTS")
		}
	}
	if except == 0 && len(labels) >= LabelsMost {
		return errs.Newf(errs.Invalid, "A pair of object types has at most %d labels.", LabelsMost).WithCode("ASSOCIATION_LABEL_LIMIT_REACHED")
	}
	return nil
}

// RenameLabel gives a label of the account other words; "" for Inverse leaves the word of the other end, which follows where
// both had the same.
func (r *Registry) RenameLabel(tx *db.Tx, by people.Actor, from, to property.ObjectType, id int, l Label) error {
	if err := may(by); err != nil {
		return err
	}
	t, ok, err := r.Find(tx, from, to, id)
	switch {
	case err != nil:
		return err
	case !ok || id == 0:
		return unknown(from, to, id)
	case t.Category != UserDefined || t.Label == "":
		return errs.Newf(errs.Invalid, "%s is no label of your own.", t.Name).WithCode("CANNOT_CHANGE_BUILT_IN")
	}
	l.Name = t.Name
	if err := l.check(); err != nil {
		return err
	}
	all, err := r.Of(tx, from, to)
	if err != nil {
		return err
	}
	if err := l.fits(all, id); err != nil {
		return err
	}
	other, err := r.Turned(tx, t)
	if err != nil {
		return err
	}
	if l.Inverse == "" {
		if l.Inverse = other.Label; other.Label == t.Label {
			l.Inverse = l.Label
		}
	}
	if t.ID == t.Inverse && l.Inverse != l.Label {
		return errs.Bad("inverseLabel", "INVALID_LABEL", "This label is the same from both ends; make a pair of labels anew.")
	}
	_, err = tx.Exec(`UPDATE association_types SET label = CASE WHEN id = $1 THEN $2 ELSE $3 END, inverse_label = CASE WHEN id = $1 THEN $3 ELSE $2 END,
updated_at = $4 WHERE id = $1 OR inverse_id = $1`, id, l.Label, l.Inverse, tx.Micros())
	r.sets.Invalidate(tx)
	return err
}

func orUnrelated(err error, from, to property.ObjectType) error {
	if err != nil {
		return err
	}
	return errs.Newf(errs.Invalid, "%s and %s cannot be associated.", from.LabelPlural, to.LabelPlural).WithCode("INVALID_ASSOCIATION_PAIR")
}
