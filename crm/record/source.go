package record

import (
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

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
		set("hs_updated_by_user_id", id.Format(by.ID))
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
