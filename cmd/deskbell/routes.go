package main

import (
	apiapps "github.com/deskbell/deskbell/api/apps"
	apiaudit "github.com/deskbell/deskbell/api/audit"
	apichannels "github.com/deskbell/deskbell/api/channels"
	"github.com/deskbell/deskbell/api/contacts"
	apitalk "github.com/deskbell/deskbell/api/conversation"
	apiexports "github.com/deskbell/deskbell/api/exports"
	apihealth "github.com/deskbell/deskbell/api/health"
	apiimports "github.com/deskbell/deskbell/api/imports"
	apilive "github.com/deskbell/deskbell/api/live"
	apimerges "github.com/deskbell/deskbell/api/merges"
	"github.com/deskbell/deskbell/api/notifications"
	apipeople "github.com/deskbell/deskbell/api/people"
	"github.com/deskbell/deskbell/api/pipelines"
	"github.com/deskbell/deskbell/api/properties"
	"github.com/deskbell/deskbell/api/row"
	"github.com/deskbell/deskbell/api/session"
	"github.com/deskbell/deskbell/api/tickets"
	apitrash "github.com/deskbell/deskbell/api/trash"
	"github.com/deskbell/deskbell/api/views"
	apiwebhooks "github.com/deskbell/deskbell/api/webhooks"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	hubspotaccount "github.com/deskbell/deskbell/hubspot/account"
	hubspotassociations "github.com/deskbell/deskbell/hubspot/associations"
	hubspottalk "github.com/deskbell/deskbell/hubspot/conversations"
	hubspotcrm "github.com/deskbell/deskbell/hubspot/crm"
	hubspotexports "github.com/deskbell/deskbell/hubspot/exports"
	hubspotfiles "github.com/deskbell/deskbell/hubspot/files"
	hubspotimports "github.com/deskbell/deskbell/hubspot/imports"
	hubspotjournal "github.com/deskbell/deskbell/hubspot/journal"
	hubspotlimits "github.com/deskbell/deskbell/hubspot/limits"
	hubspotlists "github.com/deskbell/deskbell/hubspot/lists"
	hubspotoauth "github.com/deskbell/deskbell/hubspot/oauth"
	hubspotowners "github.com/deskbell/deskbell/hubspot/owners"
	hubspotpipelines "github.com/deskbell/deskbell/hubspot/pipelines"
	hubspotprops "github.com/deskbell/deskbell/hubspot/properties"
	hubspotschemas "github.com/deskbell/deskbell/hubspot/schemas"
	hubspotsettings "github.com/deskbell/deskbell/hubspot/settings"
	hubspotvisitors "github.com/deskbell/deskbell/hubspot/visitors"
	hubspotwebhooks "github.com/deskbell/deskbell/hubspot/webhooks"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/site"
	"github.com/deskbell/deskbell/web"
)

// routes fills the route table: one line an area.
func (p *program) routes() error {
	gate.DescribeErrors()
	g := gate.New(p.db, p.people, gate.Config{Version: version, BaseURL: p.cfg.baseURL(), Log: p.cfg.log, Apps: p.apps,
		Limits: gate.Limits(p.cfg.limits), Usage: p.usage})
	p.gate = g
	rows := row.New(p.records, p.tickets, channels())
	session.Routes(g, p.db, p.people, p.mail, p.prepareMail, version)
	apipeople.Routes(g, p.db, p.people, p.tickets.OpenByOwner)
	apiapps.Routes(g, p.db, p.apps)
	apiwebhooks.Routes(g, p.db, p.hooks, p.apps)
	apiaudit.Routes(g, p.db, p.people)
	pipelines.Routes(g, p.db, p.pipelines, p.status, p.clearing, p.tickets.ByStage)
	properties.Routes(g, p.db, p.props, p.computed, p.pipelines, p.people)
	views.Routes(g, p.db, p.views, rows)
	tickets.Routes(g, p.db, p.records, p.tickets, p.talks)
	apitalk.Routes(g, p.db, p.talks, p.intake, p.people, p.props, p.pipelines, p.records)
	contacts.Routes(g, p.db, p.records, rows)
	apichannels.Routes(g, p.db, p.accounts, p.pipelines, p.intake, p.cfg.baseURL())
	notifications.Routes(g, p.db, p.notify)
	apiimports.Routes(g, p.db, p.imports)
	apiexports.Routes(g, p.db, p.exports)
	apilive.Routes(g, p.hub)
	apimerges.Routes(g, p.db, p.merges)
	apitrash.Routes(g, p.db, p.records, p.props, p.eraser)
	apihealth.Routes(g, p.db)
	hubspotoauth.Routes(g, p.db, p.apps, p.people)
	hubspotaccount.Routes(g, p.db, p.people, p.usage, hubspotaccount.Config{Host: p.cfg.host(), Daily: p.cfg.limits.Daily})
	hubspotsettings.Routes(g, p.db, p.people)
	hubspottalk.Routes(g, p.db, p.talks, p.threads, p.people, p.records, p.intake, p.files)
	hubspotfiles.Routes(g, p.db, p.files)
	hubspotimports.Routes(g, p.db, p.imports, p.files)
	hubspotexports.Routes(g, p.db, p.exports, p.cfg.baseURL())
	hubspotlimits.Routes(g, p.db, p.props, p.pipelines, p.records)
	hubspotcrm.Routes(g, p.db, p.records, p.props)
	hubspotcrm.EndRoutes(g, p.db, p.records, p.props, p.merges, p.eraser)
	hubspotlists.Routes(g, p.db, p.lists, p.props)
	hubspotpipelines.Routes(g, p.db, p.props, p.pipelines, p.people)
	hubspotowners.Routes(g, p.db, p.people)
	hubspotprops.Routes(g, p.db, p.props, p.computed, p.pipelines)
	hubspotassociations.Routes(g, p.db, p.records, p.props, p.people)
	hubspotschemas.Routes(g, p.db, p.props, p.pipelines, p.schemas, p.people)
	hubspotvisitors.Routes(g, p.visitors)
	hubspotwebhooks.Routes(g, p.db, p.hooks)
	hubspotjournal.Routes(g, p.db, p.journals)
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
