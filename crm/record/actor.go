package record

import (
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// trusted reports whether the program itself acts. It may set read-only properties and leave required ones empty.
func trusted(by people.Actor) bool {
	return by.Kind == event.System || by.Kind == event.Automation || by.Kind == event.Channel
}

// mayMake refuses people and apps records that show what is kept elsewhere: they cannot be made or deleted here.
func (p *plan) mayMake(by people.Actor) error {
	if !p.t.Mirror || trusted(by) {
		return nil
	}
	return errs.Newf(errs.Denied, "%s cannot be created or deleted here.", p.t.LabelPlural)
}

// sources are HubSpot's words for what made a record.
var sources = map[event.ActorKind]string{
	event.User: "CRM_UI", event.App: "INTEGRATION", event.Automation: "AUTOMATION_PLATFORM", event.Import: "IMPORT",
	event.Channel: "CONVERSATIONS", event.Contact: "CONVERSATIONS", event.System: "INTERNAL_PROCESSING",
}

// stamp says who made or changed a record, and by what, in the types that keep it.
func (p *plan) stamp(by people.Actor, w *Write) {
	set := func(name, value string) {
		if _, ok := p.set.Get(name); ok {
			w.Set[name] = value
		}
	}
	if by.Kind == event.User {
		set(propUpdatedBy, id.Format(by.ID))
	}
	if !w.Create {
		return
	}
	set("hs_object_source", sources[by.Kind])
	set("hs_object_source_label", sources[by.Kind])
	switch by.Kind {
	case event.User:
		set("hs_created_by_user_id", id.Format(by.ID))
		set("hs_object_source_id", "userId:"+id.Format(by.ID))
	case event.App:
		set("hs_object_source_id", id.Format(by.ID))
	case event.Import:
		set("hs_was_imported", "true")
	}
}
