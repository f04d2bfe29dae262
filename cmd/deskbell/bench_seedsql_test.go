package main

import "fmt"

// filling is one statement of a chunk: it makes the rows of tickets $1 to $2.
type filling struct {
	text     string
	later    int64 // lags behind the ticket's creation, so that rows lie in the file in the order of time
	contacts bool  // $1 to $2 are contacts, of which there are a third as many
}

// seedWords is what messages are cut from.
const seedWords = `Hello, the second parcel of our order arrived with a broken corner and the lamp inside does not light any more. We tried another ` +
	`socket and a new bulb without luck. Could you send a replacement before Friday, or tell us how to return it without paying for the ` +
	`postage twice? The invoice shows the old address as well, although I changed it in my profile last week, and the courier rang at a ` +
	`door two streets away. My colleague says the blue one was ordered by mistake and may stay, as long as the amount is corrected on the ` +
	`next bill. Attached you find a picture of the label and of the box as it was opened. Thank you for looking into this so quickly, and ` +
	`please write to both of us because I am travelling until the end of the month and cannot always read mail in the evening. Kind regards ` +
	`from the warehouse team. The connection drops every morning at about nine and comes back by itself after a quarter of an hour, which ` +
	`is when the reports are due. We restarted the router, replaced the cable and moved the desk closer to the window. It helped a little.`

// words is a piece of seedWords that begins somewhere else for each number.
func words(number string, length int) string {
	return fmt.Sprintf("substr((SELECT body FROM corpus), 1 + %s %% %d, %d)", number, len(seedWords)-length, length)
}

// chance is a number from 0 to 999 that looks random over tickets; each salt gives another.
func chance(i string, salt int64) string {
	return fmt.Sprintf("((%s) * %d %% 2147483647 / 1009 %% 1000)", i, salt)
}

func (s seeding) contactsCount() int64 { return (s.tickets + 2) / 3 }

// contactOf is the number of a ticket's contact.
func (s seeding) contactOf(i string) string {
	return fmt.Sprintf("((%s) * 48271 %% 2147483647 %% %d)", i, s.contactsCount())
}

func (s seeding) contactID(c string) string { return s.id("3 * ("+c+")", slotContact) }

func seedMail(c string) string {
	return fmt.Sprintf("('customer' || (%s) || '@org' || ((%s) %% 4999) || '.example')", c, c)
}

// facts is the common table expression that decides what a ticket is like: 5% open, most of them young; two thirds of those
// and 90% of the closed ones with an owner; 1% spam; 1% in the trash.
func (s seeding) facts() string {
	return `WITH RECURSIVE corpus(body) AS (SELECT '` + seedWords + `'),
n(i) AS (SELECT CAST($1 AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $2),
facts AS (SELECT i, ` + fmt.Sprintf("CASE WHEN i >= %d THEN %s < 400 ELSE %s < 11 END AS is_open", s.tickets*9/10, chance("i", 69621), chance("i", 69621)) + `,
` + chance("i", 39373) + ` AS owned, ` + chance("i", 16807) + ` AS kind, ` + chance("i", 950706376) + ` AS prio, ` + chance("i", 742938285) + ` AS care,
i * 1226874159 % 2147483647 / 1013 AS who FROM n),
t AS (SELECT *, CASE WHEN owned < CASE WHEN is_open THEN 650 ELSE 900 END THEN ` + pick("who", s.users) + ` END AS owner,
CASE WHEN owned < CASE WHEN is_open THEN 650 ELSE 900 END THEN ` + pick("who", s.teamsOfUsers()) + ` WHEN owned < 950 THEN ` + pick("who", s.teams) + ` END AS team FROM facts)
`
}

func (s seeding) teamsOfUsers() []int64 {
	out := make([]int64, len(s.users))
	for n := range out {
		out[n] = s.teams[n%len(s.teams)]
	}
	return out
}

func (s seeding) statements() []filling {
	out := []filling{s.contactRows(), s.identityRows(), s.ticketRows(), s.threadRows(), s.participantRows(), s.linkRows(), s.markRows()}
	for k := int64(0); k < 3; k++ {
		out = append(out, s.messageRows(k), s.refRows(k), s.changeRows(k))
	}
	return append(out, s.createdRows())
}

func (s seeding) contactRows() filling {
	return filling{contacts: true, text: `INSERT INTO contacts (id, email, firstname, lastname, created_at, updated_at, props) ` + s.facts() +
		`SELECT ` + s.contactID("i") + `, ` + seedMail("i") + `, ` + pick("who", []string{"Ada", "Bram", "Chloe", "Dario", "Edda", "Farid", "Greta", "Hugo"}) +
		`, ` + pick("who / 8", []string{"Adler", "Berg", "Castro", "Dunn", "Eriksen", "Fabre", "Gallo", "Haas", "Ivanov"}) + ` || i, ` +
		s.micros("3 * i") + `, ` + s.micros("3 * i") + `, '{}' FROM t`}
}

func (s seeding) identityRows() filling {
	return filling{contacts: true, text: `INSERT INTO contact_identities (kind, value, contact_id) ` + s.facts() +
		`SELECT 'email', ` + seedMail("i") + `, ` + s.contactID("i") + ` FROM t`}
}

// last is when a ticket's third message came.
func (s seeding) last() string { return fmt.Sprintf("i + %d", 2*s.lag) }

func (s seeding) ticketRows() filling {
	replied := fmt.Sprintf("i + %d", s.lag)
	// A patch of nothing takes the NULLs out: what has no value is not there.
	props := `json_patch('{}', json_object('content', ` + words("who", 300) + `, 'hs_date_entered_1', ` + s.iso("i") + `, 'hs_last_message_received_at', ` + s.iso(s.last()) +
		`, 'hs_last_message_sent_at', ` + s.iso(replied) + `, 'first_agent_reply_date', ` + s.iso(replied) +
		`, 'time_to_first_agent_reply', '` + fmt.Sprint(s.lag*s.step*10) + `', 'hubspot_owner_assigneddate', ` + s.iso("i") +
		`, 'time_to_close', CASE WHEN NOT is_open THEN CAST(who % 900000000 AS TEXT) END` + s.seedValues() + `))`
	return filling{text: `INSERT INTO tickets (id, subject, pipeline_id, stage_id, open, spam, owner_id, team_id, priority, category, source,
contact_id, created_at, updated_at, closed_at, active_at, last_from, preview, snoozed_until, archived_at, props) ` + s.facts() + `SELECT ` + s.id("i", slotTicket) +
		`, ` + words("who", 37) + ` || ' ' || i, '0', CASE WHEN NOT is_open THEN '4' ELSE ` + pick("kind", []string{"1", "2", "3"}) + ` END, is_open, kind < 10, owner, team, ` +
		pick("prio / 50", []string{"", "LOW", "MEDIUM", "HIGH", "", "LOW", "MEDIUM", "MEDIUM", "", "", "HIGH", "MEDIUM", "LOW", "", "", "MEDIUM", "HIGH", "", "", "URGENT"}) + `, ` +
		pick("care / 100", []string{"PRODUCT_ISSUE", "BILLING_ISSUE", "GENERAL_INQUIRY", "", "FEATURE_REQUEST", "", "PRODUCT_ISSUE", "", "BILLING_ISSUE", "PRODUCT_ISSUE;BILLING_ISSUE"}) +
		`, 'EMAIL', ` + s.contactID(s.contactOf("i")) + `, ` + s.micros("i") + `, ` + s.micros(s.last()) + `, CASE WHEN NOT is_open THEN ` + s.micros(s.last()) + ` END, ` +
		s.micros(s.last()) + `, CASE WHEN prio % 3 = 0 THEN 'user' ELSE 'contact' END, ` + words("who / 7", 120) + `, CASE WHEN is_open AND care % 50 = 0 THEN ` +
		s.micros(s.last()) + ` + 864000000000 END, CASE WHEN kind >= 990 THEN ` + s.micros(s.last()) + ` END, ` + props + ` FROM t`}
}

func (s seeding) threadRows() filling {
	return filling{text: `INSERT INTO threads (id, inbox_id, account_id, ticket_id, contact_id, subject, token, status, originating, forwarded,
created_at, latest_at, inbound_at, messages) ` + s.facts() + `SELECT ` + s.id("i", slotThread) + fmt.Sprintf(", %d, %d, ", s.inbox, s.account) + s.id("i", slotTicket) + `, ` +
		s.contactID(s.contactOf("i")) + `, ` + words("who", 45) + `, printf('%08x%018x', who, i), 'OPEN', TRUE, FALSE, ` + s.micros("i") + `, ` + s.micros(s.last()) + `, ` +
		s.micros(s.last()) + `, 3 FROM t`}
}

func (s seeding) participantRows() filling {
	return filling{text: `INSERT INTO participants (thread_id, email, name, role) ` + s.facts() + `SELECT ` + s.id("i", slotThread) + `, ` +
		seedMail(s.contactOf("i")) + `, 'Customer ' || i, 'from' FROM t`}
}

func (s seeding) linkRows() filling {
	ticket, contact := s.id("i", slotTicket), s.contactID(s.contactOf("i"))
	return filling{text: `INSERT INTO associations (from_type, from_id, to_type, to_id, type_id, created_at) ` + s.facts() +
		`SELECT 'tickets', ` + ticket + `, 'contacts', ` + contact + `, 16, ` + s.micros("i") + ` FROM t UNION ALL SELECT 'contacts', ` + contact + `, 'tickets', ` + ticket + `, 15, ` +
		s.micros("i") + ` FROM t`}
}

// markRows: owners have seen most of what is theirs and answered on a third of it; a few follow, mentions and drafts.
func (s seeding) markRows() filling {
	part := func(kind, user, condition string) string {
		return `SELECT ` + user + `, '` + kind + `', ` + s.id("i", slotTicket) + `, ` + s.micros(s.last()) + ` FROM t WHERE ` + condition
	}
	other := pick("who + 1", s.users)
	return filling{text: `INSERT INTO ticket_marks (user_id, kind, ticket_id, at) ` + s.facts() + part("seen", "owner", "owner IS NOT NULL AND care < 800 AND kind < 990") +
		" UNION ALL " + part("sent", "owner", "owner IS NOT NULL AND care < 350 AND kind < 990") + " UNION ALL " + part("follow", other, "care = 500 AND kind < 990") +
		" UNION ALL " + part("mention", other, "care = 501 AND kind < 990") + " UNION ALL " + part("draft", other, "care = 502 AND is_open AND kind < 990")}
}

// messageRows: the contact writes, a user answers, the contact writes again.
func (s seeding) messageRows(k int64) filling {
	at := fmt.Sprintf("i + %d", k*s.lag)
	direction, actorKind, actor, state := "in", "'contact'", s.contactID(s.contactOf("i")), "received"
	if k == 1 {
		direction, actorKind, actor, state = "out", "'user'", "coalesce(owner, "+fmt.Sprint(s.users[0])+")", "sent"
	}
	body := words(fmt.Sprintf("(who / %d)", 3+k), 450)
	return filling{later: k, text: `INSERT INTO messages (id, kind, thread_id, ticket_id, inbox_id, account_id, direction, nature, actor_kind, actor_id,
from_name, from_email, recipients, subject, text, html, visible, at, state, error, attempts, message_id, in_reply_to, refs, auth, mentions, raw_key) ` + s.facts() +
		`SELECT ` + s.id(at, slotMessage+int(k)) + `, 'message', ` + s.id("i", slotThread) + `, ` + s.id("i", slotTicket) + fmt.Sprintf(", %d, %d, '%s', 'message', ", s.inbox, s.account, direction) +
		actorKind + `, ` + actor + `, 'Customer', ` + seedMail(s.contactOf("i")) + `, json_object('to', json_array(json_object('Name', 'Support', 'Email', 'support@desk.bench.example'))), ` +
		words("who", 45) + `, ` + body + `, '<div><p>' || ` + body + ` || '</p><p>--<br>Sent from the road</p></div>', substr(` + body + `, 1, 350), ` + s.micros(at) +
		`, '` + state + `', '', 0, '` + fmt.Sprint(k) + `-' || i || '@bench.example', ` + fmt.Sprintf("'%d-' || i || '@bench.example'", max(0, k-1)) + `, '[]', '{}', '{}', '' FROM t`}
}

func (s seeding) refRows(k int64) filling {
	return filling{later: k, text: `INSERT INTO message_refs (ref, inbox_id, thread_id) ` + s.facts() + `SELECT '` + fmt.Sprint(k) + `-' || i || '@bench.example', ` +
		fmt.Sprint(s.inbox) + `, ` + s.id("i", slotThread) + ` FROM t`}
}

const insertSeedEvents = `INSERT INTO events (id, type, object_type, object_id, at, actor_kind, actor_id, cause_id, depth, data) `

func (s seeding) createdRows() filling {
	return filling{text: insertSeedEvents + s.facts() + `SELECT ` + s.id("i", slotEvent) + `, 'ticket.created', 'tickets', ` + s.id("i", slotTicket) + `, ` + s.micros("i") +
		fmt.Sprintf(", 'channel', %d, 0, 0, json_object('properties', json_object('subject', %s, 'content', %s, 'hs_pipeline', '0', 'hs_pipeline_stage', '1', 'source_type', 'EMAIL'), ", s.account,
			words("who", 45), words("who", 300)) + `'reason', 'received by Support') FROM t`}
}

// changeRows: each message touches its ticket, and the status follows.
func (s seeding) changeRows(k int64) filling {
	at := fmt.Sprintf("i + %d", k*s.lag)
	return filling{later: k, text: insertSeedEvents + s.facts() + `SELECT ` + s.id(at, slotEvent+1+int(k)) + `, 'ticket.changed', 'tickets', ` + s.id("i", slotTicket) + `, ` + s.micros(at) +
		`, 'system', 0, 0, 0, json_object('changes', json_object('desk_active_at', json_object('from', '', 'to', ` + s.iso(at) + `), 'hs_pipeline_stage', json_object('from', '` +
		fmt.Sprint(k) + `', 'to', '` + fmt.Sprint(k+1) + `'), 'desk_preview', json_object('from', '', 'to', ` + words("who", 120) + `))) FROM t`}
}

// cube counts the tickets as the program keeps them counted.
func (s seeding) cube() string {
	return `INSERT INTO ticket_counts (place, owner_id, team_id, stage_id, shard, n)
SELECT CASE WHEN archived_at IS NOT NULL THEN 'trash' WHEN spam THEN 'spam' WHEN NOT open THEN 'closed' WHEN snoozed_until IS NOT NULL THEN 'snoozed' ELSE 'open' END,
coalesce(owner_id, 0), coalesce(team_id, 0), stage_id, 0, count(*) FROM tickets GROUP BY 1, 2, 3, 4`
}
