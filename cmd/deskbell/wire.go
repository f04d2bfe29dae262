package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/deskbell/deskbell/blob"
	"github.com/deskbell/deskbell/blob/waste"
	"github.com/deskbell/deskbell/conversation"
	"github.com/deskbell/deskbell/conversation/account"
	"github.com/deskbell/deskbell/conversation/erasure"
	"github.com/deskbell/deskbell/conversation/loose"
	"github.com/deskbell/deskbell/conversation/texts"
	"github.com/deskbell/deskbell/conversation/thread"
	"github.com/deskbell/deskbell/crm/computed"
	"github.com/deskbell/deskbell/crm/copied"
	"github.com/deskbell/deskbell/crm/derive"
	"github.com/deskbell/deskbell/crm/erase"
	"github.com/deskbell/deskbell/crm/fill"
	"github.com/deskbell/deskbell/crm/list"
	"github.com/deskbell/deskbell/crm/merge"
	"github.com/deskbell/deskbell/crm/pipeline"
	"github.com/deskbell/deskbell/crm/property"
	"github.com/deskbell/deskbell/crm/record"
	"github.com/deskbell/deskbell/crm/relation"
	"github.com/deskbell/deskbell/crm/schema"
	"github.com/deskbell/deskbell/crm/search"
	"github.com/deskbell/deskbell/crm/search/feed"
	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/exporter"
	"github.com/deskbell/deskbell/file"
	"github.com/deskbell/deskbell/gate"
	"github.com/deskbell/deskbell/importer"
	"github.com/deskbell/deskbell/intake"
	"github.com/deskbell/deskbell/job"
	"github.com/deskbell/deskbell/live"
	"github.com/deskbell/deskbell/notify"
	"github.com/deskbell/deskbell/outbound"
	"github.com/deskbell/deskbell/people"
	"github.com/deskbell/deskbell/people/oauth"
	"github.com/deskbell/deskbell/people/usage"
	"github.com/deskbell/deskbell/people/visitor"
	"github.com/deskbell/deskbell/routing"
	"github.com/deskbell/deskbell/seal"
	"github.com/deskbell/deskbell/ticket"
	"github.com/deskbell/deskbell/ticket/clearing"
	"github.com/deskbell/deskbell/view"
	"github.com/deskbell/deskbell/webhook"
	"github.com/deskbell/deskbell/webhook/journal"
	"github.com/deskbell/deskbell/workflow"
)

// program is everything put together, once.
type program struct {
	cfg    config
	db     *db.DB
	blobs  blob.Store
	box    *seal.Box
	outbox *intake.Outbox
	out    *outbound.Client

	people    *people.Service
	apps      *oauth.Service
	usage     *usage.Counter
	visitors  *visitor.Service
	props     *property.Registry
	pipelines *pipeline.Store
	index     *search.Index
	indexer   *search.Indexer
	records   *record.Store
	merges    *merge.Service
	eraser    *erase.Service
	lists     *list.Service
	computed  *computed.Service
	copies    *copied.Service
	users     *derive.Users
	doings    *derive.Activities
	schemas   *schema.Store
	tickets   *ticket.Service
	clearing  *clearing.Service
	accounts  *account.Store
	talks     *conversation.Service
	threads   *thread.Service
	files     *file.Service
	imports   *importer.Service
	exports   *exporter.Service
	status    *workflow.Status
	notify    *notify.Service
	hooks     *webhook.Service
	journals  *journal.Service
	views     *view.Service
	intake    *intake.Service
	receivers *intake.Runner
	hub       *live.Hub
	jobs      *job.Runner
	gate      *gate.Gate
}

// wire opens the data and puts the program together. Nothing runs yet; close undoes it.
func wire(ctx context.Context, cfg config) (p *program, err error) {
	if err := cfg.prepareFolder(); err != nil {
		return nil, err
	}
	if _, err := db.Migrate(ctx, cfg.databaseURL()); err != nil {
		return nil, err
	}
	p = &program{cfg: cfg}
	bus := event.NewBus(cfg.log)
	if p.db, err = db.Open(ctx, cfg.db(bus)); err != nil {
		return nil, err
	}
	if err := p.build(ctx, bus); err != nil {
		return nil, errors.Join(err, p.db.Close())
	}
	if err := p.prepareAccount(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *program) build(ctx context.Context, bus *event.Bus) (err error) {
	if p.blobs, err = p.cfg.blobs(ctx); err != nil {
		return err
	}
	if p.box, err = p.cfg.box(); err != nil {
		return err
	}
	p.rooms()
	if err := p.react(bus); err != nil {
		return err
	}
	if p.jobs, err = job.NewRunner(p.db, p.cfg.log, job.Config{Node: p.cfg.Node, Workers: workers}, p.handlers(bus)...); err != nil {
		return err
	}
	p.hub = live.NewHub(p.db)
	return p.routes()
}

// rooms makes the rooms of rings 1 to 3, each from those below it.
func (p *program) rooms() {
	p.people = people.New(p.db)
	p.apps = oauth.New(p.db, p.people, p.box)
	p.usage = usage.New(p.db, p.cfg.log)
	p.visitors = visitor.New(p.db, p.people, p.box)
	p.props = property.New(p.db)
	p.pipelines = pipeline.New(p.db, p.props)
	kept := derive.Of(p.pipelines, p.people)
	kept[ticket.Object] = ticket.NewRules(p.pipelines, p.people)
	p.index = search.New(p.db, p.props, texts.Messages{})
	p.indexer = search.NewIndexer(p.index, p.cfg.log, p.cfg.Node)
	p.records = record.New(p.db, p.props, p.index, kept)
	p.merges = merge.New(p.db, p.records, p.props, map[string]merge.Rules{ticket.Object: ticket.Merging{}})
	p.computed = computed.New(p.db, p.props, p.records)
	p.lists = list.New(p.db, p.records, p.props)
	p.copies = copied.New(p.db, p.records)
	p.users = derive.NewUsers(p.records, p.people)
	p.doings = derive.NewActivities(p.db, p.props, p.records)
	p.schemas = schema.New(p.props, p.pipelines, p.records.Store)
	p.tickets = ticket.New(p.records, p.pipelines)
	p.clearing = clearing.New(p.db, p.records, p.pipelines, p.tickets)
	p.outbox = intake.NewOutbox(p.db, p.blobs)
	p.out = outbound.New(outbound.Config{Allow: p.cfg.reach.Allow})
	p.accounts = account.New(p.db, p.people, p.box, channels(), p.channelDeps())
	p.talks = conversation.New(p.db, p.records, p.tickets, p.people, p.accounts, p.blobs, p.box, p.cfg.host())
	p.threads = thread.New(p.talks, p.tickets, p.people)
	p.files = file.New(p.db, p.blobs, p.box, p.people, p.cfg.baseURL(), p.out.Open)
	p.imports = importer.New(p.db, p.records, p.props, p.pipelines, p.people, p.files, p.blobs)
	p.status = workflow.NewStatus(p.db, p.tickets, p.pipelines)
	p.notify = notify.New(p.tickets, p.people)
	p.hooks = webhook.New(p.db, p.people, p.apps, p.props, p.records.AssociationTypes(), p.box, p.out)
	p.journals = journal.New(p.db, p.people, p.apps, p.props, p.records, p.box, p.cfg.baseURL())
	p.views = view.New(p.records, p.tickets)
	p.exports = exporter.New(p.db, p.records, p.props, p.pipelines, p.people, p.files, p.blobs, exporter.Sources{Views: p.views, Lists: p.lists})
	p.eraser = erase.New(p.db, p.records, p.props, p.index, slices.Concat([]erase.Part{p.tickets.Erasing(p.props), p.copies.Erasing()},
		erasure.Parts(p.tickets, intake.EraseRaws, erase.Reindexer(p.props, p.index)), []erase.Part{notify.Erasing(), p.imports.Erasing(), p.exports.Erasing(), p.files.Erasing(), p.journals.Erasing()})...)
	p.intake = intake.New(p.db, p.talks, p.blobs, p.outbox, p.cfg.log)
	p.receivers = intake.NewRunner(p.intake, p.cfg.log, nil)
}

// react installs the reactors. Each event passes them in this order, inside the transaction that emitted it: first what
// keeps tickets true, then what acts on them, then who is told, then what searches, then other programs. The browsers are told last, of what all
// have done.
func (p *program) react(bus *event.Bus) error {
	return bus.Install(
		p.users.Reactor(),
		p.tickets.PrimaryContact(),
		p.tickets.Trashed(),
		p.tickets.Merged(),
		p.talks.Merged(),
		p.copies.Reactor(),
		p.lists.Reactor(),
		p.doings.Reactor(),
		p.status.Reactor(),
		routing.OnReply(p.tickets),
		p.computed.Reactor(),
		p.people.AuditReactor(),
		p.notify.Reactor(),
		feed.Reactor(p.props),
		p.hooks.Reactor(),
		p.journals.Reactor(),
		live.Reactor(),
	)
}

// workers are how many jobs of a queue run at once. Mails that are understood at once share a commit: with four the disk, not
// the processor, would be the limit (PERF-3). Mail servers and webhooks are slow to answer, so
// many sends wait side by side.
var workers = map[string]int{"intake": 16, "send": 16, "webhook": 32, "exports": 2}

// handlers are what runs jobs.
func (p *program) handlers(bus *event.Bus) []job.Handler {
	return slices.Concat(p.intake.Handlers(), p.computed.Handlers(), p.imports.Handlers(), p.exports.Handlers(), p.hooks.Handlers(), p.journals.Handlers(), p.eraser.Handlers(), p.lists.Handlers(), []job.Handler{bus.RetryHandler(p.db), p.tickets.WakeHandler(p.db), p.clearing.Handler(),
		relation.UnlabelHandler(p.db), p.records.UsageHandler(p.db), p.schemas.PurgeHandler(p.db), p.merges.SettleHandler(),
		p.tickets.RecontactHandler(p.db), p.doings.NextHandler(), p.files.SweepHandler(), p.files.TaskHandler(), loose.Handler(p.db),
		fill.Handler(p.db, fill.Part{Name: "contacts.phones", Step: p.records.FillPhones}, p.copies.Fill(),
			p.tickets.Fill(p.people), p.talks.FillChannels()), p.copies.Handler(),
		waste.Handler(p.db, p.blobs, loose.Holds, intake.Holds, file.Holds, exporter.Holds)})
}

// prepareAccount makes what even an installation that nobody set up has: an account whose domain takes mail (CHAN-2).
func (p *program) prepareAccount(ctx context.Context) error {
	return p.db.Write(ctx, func(tx *db.Tx) error {
		a, ok, err := p.people.Account(tx)
		if err != nil {
			return err
		}
		if !ok {
			a = people.Account{Name: "Deskbell", Domain: "desk.localhost"}
			if err := p.people.SetAccount(tx, people.System, a); err != nil {
				return err
			}
		}
		if _, err := p.accounts.EnsureBuiltin(tx, a.Domain); err != nil {
			return fmt.Errorf("built-in channel: %w", err)
		}
		for _, schedule := range []func(*db.Tx) error{erase.Schedule, fill.Schedule, list.Schedule} {
			if err := schedule(tx); err != nil {
				return err
			}
		}
		return p.users.Fill(tx)
	})
}

func (p *program) close() error {
	if p.hub != nil {
		p.hub.Close()
	}
	return p.db.Close()
}
