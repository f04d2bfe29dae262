package main

import "time"

// A story is one demo ticket: who wrote, what, and what happened since. Everyone and everything in them is made up.
type story struct {
	name, email, subject string
	ago                  time.Duration // when the first mail came
	lines                []line
	priority, category   string
	owner                string // e-mail of the owner; a reply assigns by itself
	closed, spam         bool
}

// A line is one turn of a story.
type line struct {
	who   string        // "" for the customer, else the e-mail of the agent
	note  bool          // a comment, not a reply
	after time.Duration // after the line before
	text  string
}

const (
	day          = 24 * time.Hour
	mia          = "mia@desk.localhost"
	jonas        = "jonas@desk.localhost"
	priya        = "priya@desk.localhost"
	admin        = "admin@desk.localhost"
	demoPassword = "deskbell-demo"
)

// demoUsers sign in with the password demoPassword.
var demoUsers = []struct{ name, email, team string }{
	{"Alex Admin", admin, "Support"},
	{"Mia Berg", mia, "Support"},
	{"Jonas Vink", jonas, "Workshop"},
	{"Priya Nair", priya, "Support"},
}

var demoStories = []story{
	{name: "Hannah Lindqvist", email: "hannah@lindqvist.example", subject: "Order 20418 arrived without the charger", ago: 12 * time.Minute,
		lines: []line{{text: "Hello,\n\nThe Harbour e-bike came this morning and it is lovely. But the box for the charger is empty: only the foam is in it. Could you send one? I would like to ride on Saturday.\n\nThank you,\nHannah"}}},
	{name: "Marek Nowak", email: "marek.nowak@kolejny.example", subject: "Invoice with the wrong VAT number", ago: 25 * time.Minute, category: "BILLING_ISSUE",
		lines: []line{{text: "Good morning,\n\ninvoice 2026-1187 shows our old VAT number. Our bookkeeping can't accept it like that. Please send a corrected one with PL 525 000 11 22.\n\nKind regards\nMarek Nowak"}}},
	{name: "Sofie de Wit", email: "sofie@dewit.example", subject: "Can I change the delivery address?", ago: 48 * time.Minute,
		lines: []line{{text: "Hi! I ordered the Courier cargo bike yesterday (20431). I am moving on the 28th. Can it go to the new address instead: Kade 12, Utrecht?"}}},
	{name: "Theo Marchand", email: "theo@marchand.example", subject: "Brake lever feels soft after two weeks", ago: 70 * time.Minute, priority: "HIGH", category: "PRODUCT_ISSUE",
		lines: []line{{text: "Hello, the rear brake lever of my Summit goes almost to the handlebar. It was fine in the first days. Is it safe to ride? I have a photo if that helps.\n\nThéo"}}},
	{name: "Orla Byrne", email: "orla.byrne@greenway.example", subject: "Twelve bikes for our office", ago: 2 * time.Hour, priority: "MEDIUM",
		lines: []line{{text: "Hi there,\n\nwe want to lease twelve Harbour bikes for our office in Cork, with lights and locks. Who can send us an offer? We would need them in the first week of February.\n\nOrla Byrne\nGreenway Ltd"}}},
	{name: "Lena Fischer", email: "lena@fischer.example", subject: "App says battery 0 % although it is full", ago: 3 * time.Hour, category: "PRODUCT_ISSUE",
		lines: []line{
			{text: "Hallo,\n\nsince the update the app shows 0 % all the time. The display on the bike says 100 %. I reinstalled the app twice.\n\nLena"},
			{who: priya, after: 20 * time.Minute, text: "Hello Lena,\n\nthank you for telling us. It is a known fault of version 4.2 on phones with German set as the language. Version 4.2.1 comes out this evening.\n\nIf you need the figure today: hold the plus button for three seconds, and the display shows the exact value.\n\nPriya"},
			{after: 35 * time.Minute, text: "That works, thanks! I will wait for the update."}}},
	{name: "Diego Ferreira", email: "diego@ferreira.example", subject: "Where is my refund?", ago: 5 * time.Hour, priority: "URGENT", category: "BILLING_ISSUE",
		lines: []line{
			{text: "I returned the helmet three weeks ago (return R-5521). I still have no money and nobody answers the phone. I would like an answer today."},
			{who: mia, note: true, after: 8 * time.Minute, text: "The warehouse booked it in on the 3rd, the refund is stuck because his card expired. Asking finance for a bank transfer."},
			{who: mia, after: 6 * time.Minute, text: "Hello Diego,\n\nI am sorry that you had to ask. Your helmet arrived on the 3rd; the refund failed because the card has expired since. Send me the IBAN of your account and I will see to it that the 89 euros leave today.\n\nMia"},
			{after: 50 * time.Minute, text: "Thank you Mia. PT50 0000 0000 0000 0000 0000 0. Please confirm when it's done."}}},
	{name: "Agnieszka Zielińska", email: "aga@zielinska.example", subject: "Which child seat fits the Courier?", ago: 7 * time.Hour,
		lines: []line{
			{text: "Good afternoon, my daughter is three (15 kg). Which seats fit the front box of the Courier? The page only shows the bench."},
			{who: jonas, after: 45 * time.Minute, text: "Hello Agnieszka,\n\nany seat with an Isofix-free three-point belt up to 40 cm wide fits. We tried the Nestling and the Tiny Captain; both sit well, and you keep room for shopping beside them.\n\nJonas from the workshop"}}},
	{name: "Ruben Aerts", email: "ruben@aerts.example", subject: "Key lost, frame lock closed", ago: 9 * time.Hour, priority: "HIGH",
		lines: []line{
			{text: "I lost the key of the frame lock in the canal (don't ask). The bike stands at work. The number on the key card is K-88172. What now?"},
			{who: jonas, after: 15 * time.Minute, text: "Hi Ruben,\n\nit happens more often than you think. With the number I can have a new key cut: 14 euros, at your door on Thursday. Shall I?\n\nJonas"},
			{after: 5 * time.Minute, text: "Yes please! To the address on my order."},
			{who: jonas, after: 30 * time.Minute, text: "Ordered. You get a track and trace tonight.\n\nJonas"}}},
	{name: "Ingrid Solheim", email: "ingrid.solheim@fjord.example", subject: "Winter tyres for 28 inch wheels", ago: day,
		lines: []line{
			{text: "Hei! Do you sell studded tyres that fit the Harbour? And do you change them, or do I have to do that myself?"},
			{who: mia, after: 2 * time.Hour, text: "Hello Ingrid,\n\nyes: the Isbjørn 42-622 fits without touching the mudguards. Changing both costs 25 euros in any of our shops, and you can wait for it.\n\nMia"}}},
	{name: "Paul Whitaker", email: "paul@whitaker.example", subject: "Suggestion: pause the subscription in winter", ago: 26 * time.Hour, category: "FEATURE_REQUEST",
		lines: []line{
			{text: "I love the service subscription, but from December to February the bike is in the shed. Could I pause it for those months? I would rather pause than cancel."},
			{who: priya, after: 3 * time.Hour, text: "Hello Paul,\n\nthat is a good idea, and you are not the first to ask. I have put it on our list for spring. For this winter I can pause it by hand: tell me the dates.\n\nPriya"}}},
	{name: "Chiara Romano", email: "chiara@romano.example", subject: "Squeaking from the front hub", ago: 30 * time.Hour, category: "PRODUCT_ISSUE", owner: jonas,
		lines: []line{{text: "Ciao, there is a squeak from the front wheel at every turn, louder when it rains. I have a video: where can I send it?"}}},
	{name: "Emil Hansen", email: "emil@hansen.example", subject: "Thank you!", ago: 2 * day, closed: true,
		lines: []line{
			{text: "Just wanted to say that the repair was done within the hour, and for free. You have a customer for life.\n\nEmil"},
			{who: jonas, after: time.Hour, text: "Thank you, Emil. I pinned your mail to the workshop wall.\n\nJonas"}}},
	{name: "Nadia Haddad", email: "nadia@haddad.example", subject: "Double charge on 14 November", ago: 2*day + 4*time.Hour, priority: "HIGH", category: "BILLING_ISSUE", closed: true,
		lines: []line{
			{text: "My card was charged twice for order 20377: 1,249 euros each. Please take one back."},
			{who: mia, after: 12 * time.Minute, text: "Hello Nadia,\n\nyou are right: the second one was a test of the bank that should have fallen away by itself. I have cancelled it; the money is back within two working days.\n\nMia"},
			{after: 20 * time.Hour, text: "It is back already. Thanks for the quick help."},
			{who: mia, after: 10 * time.Minute, text: "Glad to hear it. Have a good ride!\n\nMia"}}},
	{name: "Tomasz Lis", email: "tomasz@lis.example", subject: "Test ride on Saturday?", ago: 3 * day, closed: true,
		lines: []line{
			{text: "Hello, can I try the Summit on Saturday around noon in the Rotterdam shop? I am 1.92 m."},
			{who: priya, after: 40 * time.Minute, text: "Hello Tomasz,\n\nit is booked for you at 12:15, in size XL. Bring a passport or driving licence, and clothes for hills: we have one.\n\nPriya"}}},
	{name: "Win Prizes", email: "promo@prizes.example", subject: "You have been selected!!!", ago: 4 * time.Hour, spam: true,
		lines: []line{{text: "Dear winner, claim your voucher of 1000 now. Only today. Reply with your full name and card number."}}},
}
