package webhook

import (
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/id"
)

// thread tells of a conversation.
func (n *notes) thread() error {
	switch n.e.Type {
	case "thread.created":
		return n.tellOf(ofThread(creation), payload{ObjectID: n.e.ObjectID, ChangeFlag: "NEW"})
	case "message.received":
		d, err := event.Data[conversation.Received](n.e)
		if err != nil {
			return err
		}
		return n.message(d.ThreadID, "MESSAGE")
	case "message.replied":
		d, err := event.Data[conversation.Replied](n.e)
		if err != nil {
			return err
		}
		return n.message(d.ThreadID, "MESSAGE")
	case "comment.added":
		return n.comment()
	case "thread.changed":
		d, err := event.Data[conversation.ThreadChanged](n.e)
		if err != nil || d.From == d.To {
			return err
		}
		return n.threadValue(n.e.ObjectID, "status", d.To)
	case "thread.archived":
		if err := n.tellOf(ofThread(deletion), payload{ObjectID: n.e.ObjectID, ChangeFlag: "DELETED"}); err != nil {
			return err
		}
		return n.threadValue(n.e.ObjectID, "isArchived", "true")
	case "thread.restored":
		return n.threadValue(n.e.ObjectID, "isArchived", "false")
	}
	return nil
}

// threadValue tells of a property of a conversation, under HubSpot's name for it.
func (n *notes) threadValue(thread int64, name, value string) error {
	return n.queue(ofThread(propertyChange), payload{ObjectID: thread, PropertyName: name, PropertyValue: &value}, ofProperty(name))
}

// ofProperty passes who is told of a property.
func ofProperty(property string) func(reader) bool {
	return func(r reader) bool { return r.property == "" || r.property == property }
}

// assigned tells of who answers a ticket's conversations: its owner.
func (n *notes) assigned(owner string) error {
	if len(n.b.lists[ofThread(propertyChange)]) == 0 {
		return nil
	}
	if owner != "" {
		owner = "A-" + owner
	}
	threads, err := conversation.ThreadIDs(n.tx, n.e.ObjectID)
	if err != nil {
		return err
	}
	for _, thread := range threads {
		if err := n.threadValue(thread, "assignedTo", owner); err != nil {
			return err
		}
	}
	return nil
}

func (n *notes) message(thread int64, kind string) error {
	return n.tellOf(ofThread(newMessage), payload{ObjectID: thread, ChangeFlag: "NEW_MESSAGE", MessageID: id.Format(n.e.ObjectID), MessageType: kind})
}

// comment tells of a comment in each thread of its ticket, where it is shown.
func (n *notes) comment() error {
	d, err := event.Data[conversation.Commented](n.e)
	if err != nil || len(n.b.lists[ofThread(newMessage)]) == 0 {
		return err
	}
	threads, err := conversation.ThreadIDs(n.tx, d.TicketID)
	if err != nil {
		return err
	}
	for _, thread := range threads {
		if err := n.message(thread, "COMMENT"); err != nil {
			return err
		}
	}
	return nil
}

func ofThread(what string) subject { return subject{threads + "." + what, ""} }
