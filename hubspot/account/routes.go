// Package account is HubSpot's account API: what the account is, how much its API is used, and what was done in it, in
// HubSpot's wire format. It holds no rule of its own.
package account

import (
	"math"
	"net/http"

	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/hubspot/wire"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/usage"
)

// Config is what the answers say of the installation.
type Config struct {
	Host  string // of the web app
	Daily int64  // most calls of private apps in a day; 0 is no bound
}

// API answers the account routes.
type API struct {
	db     *db.DB
	people *people.Service
	usage  *usage.Counter
	cfg    Config
}

// Routes adds the routes.
func Routes(g *gate.Gate, d *db.DB, p *people.Service, u *usage.Counter, cfg Config) {
	a := &API{d, p, u, cfg}
	info := wire.At(g, "/account-info/v3", "/account-info/{version}").Of("Account").For(gate.AnyApp, gate.AnyApp)
	info.Add("GET /details", "What the account is", a.details, gate.Gives[details](http.StatusOK))
	info.Add("GET /api-usage/daily/private-apps", "How many calls private apps made today", a.daily, gate.Gives[wire.Page[dailyUsage]](http.StatusOK))
	audit := info.For(gate.OneOf("account-info.security.read"), nil)
	audit.Row.Needs = people.ReadAudit
	audit.Add("GET /activity/audit-logs", "What was done in the account", a.auditLogs, wire.Query("limit", "after", "actingUserId", "occurredAfter", "occurredBefore", "sort"), gate.Gives[wire.Page[auditLog]](http.StatusOK))
	audit.Add("GET /activity/login", "Who signed in, or tried to", a.logins, wire.Query("limit", "after", "userId"), gate.Gives[wire.Page[login]](http.StatusOK))
	audit.Add("GET /activity/security", "What was done that bears on security", a.security, wire.Query("limit", "after", "userId", "fromTimestamp", "toTimestamp"), gate.Gives[wire.Page[critical]](http.StatusOK))
}

type details struct {
	PortalID             int64    `json:"portalId"`
	AccountType          string   `json:"accountType"`
	TimeZone             string   `json:"timeZone"`
	CompanyCurrency      string   `json:"companyCurrency"`
	AdditionalCurrencies []string `json:"additionalCurrencies"`
	UTCOffset            string   `json:"utcOffset"`
	UTCOffsetMillis      int64    `json:"utcOffsetMilliseconds"`
	UIDomain             string   `json:"uiDomain"`
	DataHostingLocation  string   `json:"dataHostingLocation"`
}

// details: an account has no time zone and no currency of its own yet; UTC and the dollar are what HubSpot begins with.
func (a *API) details(w http.ResponseWriter, r *http.Request, _ people.Actor) error {
	var out details
	err := a.db.Read(r.Context(), func(tx *db.Tx) error {
		acc, _, err := a.people.Account(tx)
		out = details{PortalID: acc.Portal, AccountType: "STANDARD", TimeZone: "UTC", CompanyCurrency: "USD", AdditionalCurrencies: []string{},
			UTCOffset: "+00:00", UIDomain: a.cfg.Host, DataHostingLocation: "self-hosted"}
		return err
	})
	if err != nil {
		return err
	}
	gate.WriteJSON(w, http.StatusOK, out)
	return nil
}

type dailyUsage struct {
	Name         string `json:"name"`
	UsageLimit   int64  `json:"usageLimit"`
	CurrentUsage int64  `json:"currentUsage"`
	CollectedAt  string `json:"collectedAt"`
	FetchStatus  string `json:"fetchStatus"`
	ResetsAt     string `json:"resetsAt"`
}

func (a *API) daily(w http.ResponseWriter, _ *http.Request, _ people.Actor) error {
	now := a.db.Clock().Now()
	u := dailyUsage{"private-apps-api-calls-daily", a.cfg.Daily, a.usage.Private(), property.FormatTime(now), "SUCCESS", property.FormatTime(usage.Midnight(now))}
	if u.UsageLimit == 0 {
		u.UsageLimit = math.MaxInt32 // no bound; clients take 0 for used up
	}
	gate.WriteJSON(w, http.StatusOK, wire.Page[dailyUsage]{Results: []dailyUsage{u}})
	return nil
}
