package people

import (
	"context"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/time/rate"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/event"
	"github.com/deskbell/deskbell/people/audit"
)

// Service keeps the account's people.
type Service struct {
	db        *db.DB
	directory *db.Cache[*Directory]
	hashing   chan struct{} // bounds concurrent argon2 runs: each takes 64 MiB
	cost      argon2id.Params
	slow      attempts
}

// Option changes how the service works.
type Option func(*Service)

// HashMemory sets how much memory, in KiB, hashing a password takes: 65536 unless it is said. Tests that are not about
// passwords take little.
func HashMemory(kib uint32) Option {
	return func(s *Service) { s.cost.Memory = kib }
}

// New returns the service.
func New(d *db.DB, options ...Option) *Service {
	s := &Service{
		db: d, directory: db.NewCache(d, "people", loadDirectory), hashing: make(chan struct{}, hashesAtOnce),
		cost: *argon2id.DefaultParams, slow: attempts{limits: map[string]*rate.Limiter{}},
	}
	for _, o := range options {
		o(s)
	}
	return s
}

// Directory returns every user and team.
func (s *Service) Directory(tx *db.Tx) (*Directory, error) { return s.directory.Get(tx) }

// Account is the one company that this installation serves.
type Account struct {
	Name   string
	Domain string // mail for any address at it comes to the help desk
	Portal int64  // HubSpot's portal id, a number of eight digits; given once and for all, SetAccount leaves it
}

// Account returns the account; ok is false before the first-run set-up.
func (s *Service) Account(tx *db.Tx) (a Account, ok bool, err error) {
	return db.One(tx, func(sc db.Scanner) (a Account, err error) {
		return a, sc.Scan(&a.Name, &a.Domain, &a.Portal)
	}, "SELECT name, domain, portal_id FROM account WHERE id = 1")
}

// SetAccount makes or changes the account.
func (s *Service) SetAccount(tx *db.Tx, by Actor, a Account) error {
	if !by.May(ManageAccount) {
		return errs.New(errs.Denied, "Only an admin may change the account.", nil)
	}
	a.Name, a.Domain = strings.TrimSpace(a.Name), strings.ToLower(strings.TrimSpace(a.Domain))
	if !goodName(a.Name) {
		return errs.Bad("company", "INVALID_NAME", "The company needs a name of at most 200 letters.")
	}
	if _, err := mail.ParseAddress("support@" + a.Domain); err != nil {
		return errs.Bad("domain", "INVALID_DOMAIN", "The domain must look like example.org.")
	}
	was, _, err := s.Account(tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO account (id, name, domain, portal_id, created_at) VALUES (1, $1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, domain = excluded.domain`, a.Name, a.Domain, newPortal(tx), tx.Micros())
	if err != nil {
		return err
	}
	detail := map[string]string{}
	differ(detail, "name", was.Name, a.Name)
	differ(detail, "domain", was.Domain, a.Domain)
	if len(detail) == 0 {
		return nil
	}
	return Audit(tx, by, audit.Entry{Action: "settings.account", Object: a.Name, Detail: detail})
}

// newPortal is a number of eight digits, which clients keep in 32 bits.
func newPortal(tx *db.Tx) int64 { return portalLeast + tx.NewID()%(portalLeast*9) }

const portalLeast = 10_000_000

const (
	nameMost  = 200
	emailMost = 254 // RFC 5321 lets no longer address through
)

// goodLocale is the shape of BCP 47 tags; which of them the app speaks is the app's matter.
var goodLocale = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}$`)

// goodName holds of what can be shown on one line and stored on both databases.
func goodName(s string) bool {
	return s != "" && utf8.RuneCountInString(s) <= nameMost && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

func goodEmail(s string) bool {
	return len(s) <= emailMost && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// goodZone refuses "Local", which is another zone on another machine.
func goodZone(s string) bool {
	_, err := time.LoadLocation(s)
	return err == nil && s != "" && s != "Local"
}

// NewUser is what a user is made of.
type NewUser struct {
	Name, Email, Password string
	Later                 bool // without a password: the user cannot sign in until they are given one
	SuperAdmin            bool
	Seat                  Seat // "" is a service seat
	MainTeam              int64
	Teams                 []int64 // extra ones
	Locale, TimeZone      string
}

// AddUser makes a user. The e-mail must be free and the password strong enough; each bad field is named.
func (s *Service) AddUser(ctx context.Context, by Actor, n NewUser) (User, error) {
	if !by.May(ManageUsers) {
		return User{}, errs.New(errs.Denied, "Only an admin may add users.", nil)
	}
	if n.SuperAdmin && !by.SuperAdmin {
		return User{}, errMakeAdmin
	}
	n, err := n.checked()
	if err != nil {
		return User{}, err
	}
	hash := ""
	if n.Password != "" {
		if hash, err = s.hash(ctx, n.Password); err != nil {
			return User{}, err
		}
	}
	var u User
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		u, err = s.insertUser(tx, by, n, hash)
		return err
	})
	return u, err
}

func (n NewUser) checked() (NewUser, error) {
	n.Name = strings.TrimSpace(n.Name)
	n.Email = strings.ToLower(strings.TrimSpace(n.Email))
	bad := &errs.Error{Kind: errs.Invalid, Message: "The user could not be saved."}
	add := func(field, code, message string) {
		bad.Fields = append(bad.Fields, errs.Field{Name: field, Code: code, Message: message})
	}
	if !goodName(n.Name) {
		add("name", "INVALID_NAME", "Enter a name of at most 200 letters.")
	}
	if a, err := mail.ParseAddress(n.Email); err != nil || a.Address != n.Email || !goodEmail(n.Email) {
		add("email", "INVALID_EMAIL", "Enter an e-mail address such as ann@example.org.")
	}
	if why := weak(n.Password, n.Email); why != "" && !(n.Later && n.Password == "") {
		add("password", "WEAK_PASSWORD", why)
	}
	if n.Seat == "" {
		n.Seat = ServiceSeat
	}
	if _, ok := seatSets[n.Seat]; !ok {
		add("seat", "INVALID_OPTION", "The seat must be service or view.")
	}
	if n.TimeZone == "" {
		n.TimeZone = "UTC"
	}
	if !goodZone(n.TimeZone) {
		add("timeZone", "INVALID_OPTION", "The time zone must be an IANA name such as Europe/Amsterdam.")
	}
	if n.Locale == "" {
		n.Locale = "en"
	}
	if !goodLocale.MatchString(n.Locale) {
		add("locale", "INVALID_OPTION", "The locale must be a language tag such as en or nl-BE.")
	}
	if len(bad.Fields) > 0 {
		return n, bad
	}
	return n, nil
}

const insertUser = `INSERT INTO users (id, email, name, password_hash, active, super_admin, seat, main_team_id, locale, time_zone,
preferences, created_at, updated_at) VALUES ($1, $2, $3, $4, TRUE, $5, $6, $7, $8, $9, '{}', $10, $10)`

func (s *Service) insertUser(tx *db.Tx, by Actor, n NewUser, hash string) (User, error) {
	id := tx.NewID()
	if err := s.knownTeams(tx, append([]int64{n.MainTeam}, n.Teams...)); err != nil {
		return User{}, err
	}
	_, err := tx.Exec(insertUser, id, n.Email, n.Name, hash, n.SuperAdmin, string(n.Seat), none(n.MainTeam), n.Locale,
		n.TimeZone, tx.Micros())
	if db.IsUnique(err) {
		return User{}, &errs.Error{Kind: errs.Conflict, Code: "EMAIL_TAKEN", Message: "There is a user with this e-mail already.",
			Fields: []errs.Field{{Name: "email", Code: "EMAIL_TAKEN", Message: "There is a user with this e-mail already."}}}
	}
	if err != nil {
		return User{}, err
	}
	if err := s.setTeams(tx, id, n.MainTeam, n.Teams); err != nil {
		return User{}, err
	}
	u, err := s.changed(tx, by, id, "user.created")
	if err != nil {
		return u, err
	}
	return u, Audit(tx, by, audit.Entry{Action: "user.created", ObjectType: "users", ObjectID: id, Object: u.Email,
		Detail: map[string]string{"superAdmin": strconv.FormatBool(u.SuperAdmin), "seat": string(u.Seat)}})
}

// changed drops the directory, tells of it, and returns the user as they are now.
func (s *Service) changed(tx *db.Tx, by Actor, id int64, what string) (User, error) {
	s.directory.Invalidate(tx)
	event.Emit(tx, event.Event{Type: what, ObjectType: "users", ObjectID: id, Actor: by.As(), Data: struct{}{}})
	dir, err := s.directory.Get(tx)
	if err != nil {
		return User{}, err
	}
	u, ok := dir.User(id)
	if !ok {
		return User{}, errNoUser
	}
	return u, nil
}

func none(id int64) *int64 {
	if id == 0 {
		return nil
	}
	return &id
}

// attempts slows guessing: each address and each e-mail may fail a few times, then once in a while.
type attempts struct {
	mu     sync.Mutex
	limits map[string]*rate.Limiter
}

const (
	attemptsBurst = 10
	attemptsEvery = 20 * time.Second
	attemptsMost  = 10000 // keys held; past it all are forgotten, which costs a guesser nothing worth having
)

// take counts an attempt, and returns how to take that back when it did not fail: whoever knows the password guesses nothing, and a
// whole office comes from one address. ok is false when there were too many.
func (a *attempts) take(now time.Time, keys ...string) (forgive func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.limits) > attemptsMost {
		clear(a.limits)
	}
	var taken []*rate.Reservation
	for _, k := range keys {
		if a.limits[k] == nil {
			a.limits[k] = rate.NewLimiter(rate.Every(attemptsEvery), attemptsBurst)
		}
		one := a.limits[k].ReserveN(now, 1)
		if one.DelayFrom(now) > 0 {
			one.CancelAt(now)
			return nil, false // and the keys behind it are left alone: one address must not fill the table
		}
		taken = append(taken, one)
	}
	return func() {
		for _, one := range taken {
			one.CancelAt(now)
		}
	}, true
}
