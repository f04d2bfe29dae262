package people

import (
	"slices"
	"strings"

	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
)

// AppScope is something that an app may be let do, under HubSpot's name (ACC-8).
type AppScope struct {
	Name string
	Does string // for whoever chooses
}

// Scopes of ours, for what HubSpot has no scope for.
const (
	HelpdeskRead     = "helpdesk.read"
	HelpdeskWrite    = "helpdesk.write"
	HelpdeskSettings = "helpdesk.settings"
)

// appScopes are all scopes there are. Some guard what is still to come: apps that ask for them today are to keep working.
var appScopes = []AppScope{
	{"tickets", "Read and change tickets, their properties and pipelines"},
	{"crm.objects.contacts.read", "Read contacts, notes, tasks, calls, meetings and e-mails"},
	{"crm.objects.contacts.write", "Change contacts, notes, tasks, calls, meetings and e-mails"},
	{"crm.objects.companies.read", "Read companies"},
	{"crm.objects.companies.write", "Change companies"},
	{"crm.objects.deals.read", "Read deals"},
	{"crm.objects.deals.write", "Change deals"},
	{"crm.objects.custom.read", "Read records of custom objects"},
	{"crm.objects.custom.write", "Change records of custom objects"},
	{"crm.objects.feedback_submissions.read", "Read satisfaction surveys' answers"},
	{"crm.objects.owners.read", "Read who can own records"},
	{"crm.objects.users.read", "Read users as records"},
	{"crm.objects.users.write", "Change users' records"},
	{"crm.schemas.contacts.read", "Read the properties of contacts"},
	{"crm.schemas.contacts.write", "Change the properties of contacts"},
	{"crm.schemas.companies.read", "Read the properties of companies"},
	{"crm.schemas.companies.write", "Change the properties of companies"},
	{"crm.schemas.deals.read", "Read the properties and pipelines of deals"},
	{"crm.schemas.deals.write", "Change the properties and pipelines of deals"},
	{"crm.schemas.custom.read", "Read the definitions of custom objects"},
	{"crm.schemas.custom.write", "Change the definitions of custom objects"},
	{"crm.lists.read", "Read lists"},
	{"crm.lists.write", "Change lists"},
	{"crm.import", "Import records"},
	{"crm.export", "Export records"},
	{"sales-email-read", "Read the text of e-mails logged on records"},
	{"conversations.read", "Read threads and messages"},
	{"conversations.write", "Send messages and change threads"},
	{"conversations.custom_channels.read", "Read custom channels"},
	{"conversations.custom_channels.write", "Add custom channels and bring their messages"},
	{"conversations.visitor_identification.tokens.create", "Say who a visitor of the chat is"},
	{"files", "Read and change files"},
	{"files.ui_hidden.read", "Read files that are not listed"},
	{"forms", "Read and change forms"},
	{"automation", "Read and change workflows"},
	{"timeline", "Write on records' timelines"},
	{"business_units_view.read", "Read business units"},
	{"settings.users.read", "Read users"},
	{"settings.users.write", "Add, change and remove users"},
	{"settings.users.teams.read", "Read teams"},
	{"settings.users.teams.write", "Add, change and remove teams"},
	{"account-info.security.read", "Read the audit log and sign-ins"},
	{"developer.webhooks_journal.read", "Read the app's journal of what happened"},
	{"developer.webhooks_journal.subscriptions.read", "Read what the app's journal tells of"},
	{"developer.webhooks_journal.subscriptions.write", "Change what the app's journal tells of"},
	{"developer.webhooks_journal.snapshots.read", "Read what became of snapshots"},
	{"developer.webhooks_journal.snapshots.write", "Write records as they are into the app's journal"},
	{"oauth", "Know the account"},
	{HelpdeskRead, "Read views, notifications and what else is Deskbell's own"},
	{HelpdeskWrite, "Change views, marks, drafts and what else is Deskbell's own"},
	{HelpdeskSettings, "Change channels, pipelines, statuses and the account"},
}

// AppScopes are all scopes there are.
func AppScopes() []AppScope { return slices.Clone(appScopes) }

// KnownScope reports whether there is such a scope.
func KnownScope(name string) bool {
	return slices.ContainsFunc(appScopes, func(s AppScope) bool { return s.Name == name })
}

// CheckScopes returns the scopes each once, in the order of AppScopes, or says which one is none.
func CheckScopes(names []string) ([]string, error) {
	for _, n := range names {
		if !KnownScope(n) {
			return nil, errs.Bad("scopes", "INVALID_SCOPE", "There is no scope "+n+".")
		}
	}
	var out []string
	for _, s := range appScopes {
		if slices.Contains(names, s.Name) {
			out = append(out, s.Name)
		}
	}
	return out, nil
}

// scopeFamily is whose scopes guard the records of an object type. Activities go with contacts, as they do at HubSpot;
// what is not here is custom.
var scopeFamily = map[string]string{
	"tickets": "tickets", "contacts": "contacts", "companies": "companies", "deals": "deals", "feedback_submissions": "feedback_submissions",
	"users": "users", "notes": "contacts", "tasks": "contacts", "calls": "contacts", "emails": "contacts", "meetings": "contacts",
	"communications": "contacts", "postal_mail": "contacts",
}

// typeNames are the other names of built-in object types in addresses: HubSpot's type ids, and the odd singular.
var typeNames = map[string]string{
	"0-1": "contacts", "0-2": "companies", "0-3": "deals", "0-5": "tickets", "0-18": "communications", "0-19": "feedback_submissions",
	"0-27": "tasks", "0-46": "notes", "0-47": "meetings", "0-48": "calls", "0-49": "emails", "0-115": "users", "0-116": "postal_mail",
	"company": "companies",
}

const customFamily = "custom"

// ScopeOf is the scope that "crm.objects.*.read" and its like mean for an object type as an address names it: plural,
// singular, any case, or a type id.
func ScopeOf(pattern, objectType string) string {
	name := strings.ToLower(strings.TrimSpace(objectType))
	if full, ok := typeNames[name]; ok {
		name = full
	}
	family, ok := scopeFamily[name]
	if !ok {
		family, ok = scopeFamily[name+"s"]
	}
	switch {
	case !ok:
		family = customFamily
	case family == "tickets":
		return "tickets"
	}
	return strings.Replace(pattern, "*", family, 1)
}

// appPermissions are the account permissions that scopes give. No scope gives ManageTokens: an app could give itself all.
var appPermissions = map[string][]Permission{
	"settings.users.write":        {ManageUsers},
	"settings.users.teams.write":  {ManageUsers},
	"account-info.security.read":  {ReadAudit},
	HelpdeskWrite:                 {CustomViews},
	HelpdeskSettings:              {ManageAccount, ManagePipelines, ManageProperties},
	"tickets":                     {ManagePipelines, ManageProperties},
	"crm.schemas.deals.write":     {ManagePipelines, ManageProperties},
	"crm.schemas.contacts.write":  {ManageProperties},
	"crm.schemas.companies.write": {ManageProperties},
	"crm.schemas.custom.write":    {ManageProperties},
}

// appScope is what an app's scopes let it do to records of an object type. Whoever reads or writes messages sees the tickets
// that they are on; the door keeps them from the tickets' own routes.
func (a Actor) appScope(v Verb, objectType string) Scope {
	has := func(name string) bool { return slices.Contains(a.Scopes, name) }
	family, ok := scopeFamily[objectType]
	if !ok {
		family = customFamily
	}
	guards, writes := families[family], v != View
	if has(guards.write) || !writes && has(guards.read) ||
		objectType == "tickets" && (has("conversations.write") && (v == View || v == Edit || v == Communicate) || has("conversations.read") && v == View) {
		return Scope{Reach: Everything, Unassigned: true, User: a.ID}
	}
	return Scope{User: a.ID}
}

// families are the scopes that guard each family's records.
var families = map[string]struct{ read, write string }{
	"tickets":              {"tickets", "tickets"},
	"contacts":             {"crm.objects.contacts.read", "crm.objects.contacts.write"},
	"companies":            {"crm.objects.companies.read", "crm.objects.companies.write"},
	"deals":                {"crm.objects.deals.read", "crm.objects.deals.write"},
	"users":                {"crm.objects.users.read", "crm.objects.users.write"},
	"feedback_submissions": {"crm.objects.feedback_submissions.read", "crm.objects.feedback_submissions.write"},
	customFamily:           {"crm.objects.custom.read", "crm.objects.custom.write"},
}

// LimitedApp is the actor of an app that may do what its scopes say.
func LimitedApp(id int64, name string, scopes []string) Actor {
	a := Actor{Kind: event.App, ID: id, Name: name, Scopes: scopes}
	for _, s := range scopes {
		a.Permissions = append(a.Permissions, appPermissions[s]...)
	}
	return a
}

// DeveloperOf is the actor of an app whose maker came with its developer key: it may look after the app itself, on the routes
// that say so.
func DeveloperOf(id int64, name string) Actor {
	a := LimitedApp(id, name, nil)
	a.Developer = true
	return a
}
