package main

import (
	apihealth "github.com/deskbell/deskbell/api/health"
	apilive "github.com/deskbell/deskbell/api/live"
	apipeople "github.com/deskbell/deskbell/api/people"
	"github.com/deskbell/deskbell/api/pipelines"
	"github.com/deskbell/deskbell/api/properties"
	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/session"
	"github.com/deskbell/deskbell/api/views"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	hubspotcrm "github.com/deskbell/deskbell/hubspot/crm"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/site"
	"github.com/deskbell/deskbell/web"
)

// routes fills the route table: one line an area.
func (p *program) routes() error {
	gate.DescribeErrors()
	g := gate.New(p.db, p.people, gate.Config{Version: version, BaseURL: p.cfg.baseURL(), Log: p.cfg.log})
	p.gate = g
	rows := row.New(p.records, p.tickets, channels())
	session.Routes(g, p.db, p.people, p.mail, p.prepareMail, version)
	apipeople.Routes(g, p.db, p.people, p.tickets.OpenByOwner)
	pipelines.Routes(g, p.db, p.pipelines, p.status, p.records, p.tickets.ByStage)
	properties.Routes(g, p.db, p.props, p.pipelines, p.people)
	views.Routes(g, p.db, p.views, rows)
	apilive.Routes(g, p.hub)
	apihealth.Routes(g, p.db)
	hubspotcrm.Routes(g, p.db, p.records, p.props, p.pipelines)
	return site.Routes(g, web.Dist())
}

// mail tells the app which address customers write to, and whether replies leave through a mail server.
func (p *program) mail(tx *db.Tx) (support string, server bool, err error) {
	all, err := p.accounts.List(tx)
	for _, a := range all {
		if a.Builtin && support == "" {
			support = a.Address
		}
		server = server || a.Active && a.Settings["send"] == "smtp"
	}
	return support, server, err
}

// prepareMail moves the built-in address to the account's domain when it is set up.
func (p *program) prepareMail(tx *db.Tx, a people.Account) error {
	_, err := p.accounts.EnsureBuiltin(tx, a.Domain)
	return err
}
