package association

// builtin is one of HubSpot's own types, seen from one end and from the other.
type builtin struct {
	from, to       string
	id, inverse    int
	name, turned   string
	label, reverse string
	one, oneTurned bool
}

// plain is an unlabelled type.
func plain(from, to string, id, inverse int) builtin {
	return builtin{from: from, to: to, id: id, inverse: inverse, name: singular[from] + "_to_" + singular[to], turned: singular[to] + "_to_" + singular[from]}
}

// unlabelled is a plain type beside a primary one, which has the plain name.
func unlabelled(from, to string, id, inverse int) builtin {
	b := plain(from, to, id, inverse)
	b.name, b.turned = b.name+"_unlabeled", b.turned+"_unlabeled"
	return b
}

// primary is the type of the one company that counts. A company may be that of many.
func primary(from string, id, inverse int) builtin {
	b := plain(from, companies, id, inverse)
	b.label, b.reverse, b.one = primaryLabel, primaryLabel, true
	return b
}

const primaryLabel = "Primary"

const (
	contacts       = "contacts"
	companies      = "companies"
	deals          = "deals"
	tickets        = "tickets"
	notes          = "notes"
	tasks          = "tasks"
	calls          = "calls"
	emails         = "emails"
	meetings       = "meetings"
	communications = "communications"
	feedback       = "feedback_submissions"
)

var singular = map[string]string{
	contacts: "contact", companies: "company", deals: "deal", tickets: "ticket", notes: "note", tasks: "task", calls: "call", emails: "email",
	meetings: "meeting", communications: "communication", feedback: "feedback_submission",
}

// builtins are HubSpot's, with the ids that its official clients list. The unlabelled type of a pair comes first.
var builtins = []builtin{
	plain(contacts, contacts, 449, 449),
	plain(companies, companies, 450, 450),
	plain(deals, deals, 451, 451),
	plain(tickets, tickets, 452, 452),

	plain(contacts, tickets, 15, 16),
	plain(contacts, deals, 4, 3),
	plain(deals, tickets, 27, 28),

	unlabelled(contacts, companies, 279, 280),
	unlabelled(tickets, companies, 339, 340),
	unlabelled(deals, companies, 341, 342),
	primary(contacts, 1, 2),
	primary(tickets, 26, 25),
	primary(deals, 5, 6),
	{companies, companies, 13, 14, "parent_to_child_company", "child_to_parent_company", "Child Company", "Parent Company", false, true},

	plain(companies, calls, 181, 182),
	plain(companies, emails, 185, 186),
	plain(companies, meetings, 187, 188),
	plain(companies, notes, 189, 190),
	plain(companies, tasks, 191, 192),
	plain(companies, communications, 88, 87),

	plain(contacts, calls, 193, 194),
	plain(contacts, emails, 197, 198),
	plain(contacts, meetings, 199, 200),
	plain(contacts, notes, 201, 202),
	plain(contacts, tasks, 203, 204),
	plain(contacts, communications, 82, 81),
	plain(contacts, feedback, 97, 98),

	plain(deals, calls, 205, 206),
	plain(deals, emails, 209, 210),
	plain(deals, meetings, 211, 212),
	plain(deals, notes, 213, 214),
	plain(deals, tasks, 215, 216),
	plain(deals, communications, 86, 85),

	plain(tickets, calls, 219, 220),
	plain(tickets, emails, 223, 224),
	plain(tickets, meetings, 225, 226),
	plain(tickets, notes, 227, 228),
	plain(tickets, tasks, 229, 230),
	plain(tickets, communications, 84, 83),
	plain(tickets, feedback, 99, 100),

	plain(calls, meetings, 399, 400),
}

// ends are the type seen from its first and from its second end.
func (b builtin) ends() (near, far Type) {
	near = Type{From: b.from, To: b.to, ID: b.id, Inverse: b.inverse, Category: HubSpotDefined, Name: b.name, Label: b.label,
		Primary: b.label == primaryLabel, One: b.one}
	far = Type{From: b.to, To: b.from, ID: b.inverse, Inverse: b.id, Category: HubSpotDefined, Name: b.turned, Label: b.reverse,
		Primary: b.reverse == primaryLabel, One: b.oneTurned}
	return near, far
}
