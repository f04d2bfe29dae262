package account

import (
	"net/url"
	"strings"
	"time"

	"github.com/deskbell/deskbell/db"
	"github.com/deskbell/deskbell/errs"
	"github.com/deskbell/deskbell/id"
	"github.com/deskbell/deskbell/people"
)

// stagingTime is how long an app may take to say which account somebody wants to connect.
const stagingTime = 24 * time.Hour

// Stage begins to connect an account of a registered channel: the person is sent to the app with a token, by which the app then
// says which account it is. back is where the app sends the person afterwards.
func (s *Store) Stage(tx *db.Tx, by people.Actor, channelID, inbox int64, back string) (address string, err error) {
	if err := mayConnect(by); err != nil {
		return "", err
	}
	r, err := s.Own(tx, by, channelID)
	if err != nil {
		return "", err
	}
	if r.ConnectURL == "" {
		return "", errs.New(errs.Conflict, "The app of this channel has no page to connect an account.", nil).WithCode("NO_CONNECT_URL")
	}
	if inbox == 0 {
		if inbox, err = s.helpDesk(tx); err != nil {
			return "", err
		}
	}
	own, _, err := s.people.Account(tx)
	if err != nil {
		return "", err
	}
	if _, err := tx.Exec("DELETE FROM channel_stagings WHERE expires_at < $1", tx.Micros()); err != nil {
		return "", err
	}
	// The token says who asked for it, and its hash vouches for that.
	token := id.Format(by.ID) + "-" + people.NewSecret()
	_, err = tx.Exec("INSERT INTO channel_stagings (token_hash, channel_id, inbox_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
		people.HashSecret(token), r.ID, inbox, tx.Micros(), tx.Now.Add(stagingTime).UnixMicro())
	if err != nil {
		return "", err
	}
	u, err := url.Parse(r.ConnectURL)
	if err != nil {
		return "", err
	}
	q := u.Query()
	for name, value := range map[string]string{"accountToken": token, "portalId": id.Format(own.Portal), "channelId": id.Format(r.ID), "inboxId": id.Format(inbox),
		"redirectUrl": back} {
		q.Set(name, value)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

type staging struct{ inbox, account int64 }

// Staged connects the account that a token was given for, or changes it when it is connected already. user is who was given it.
func (s *Store) Staged(tx *db.Tx, by people.Actor, channelID int64, token string, n Input) (a Account, user int64, err error) {
	r, err := s.Own(tx, by, channelID)
	if err != nil {
		return a, 0, err
	}
	hash := people.HashSecret(token)
	st, ok, err := db.One(tx, func(sc db.Scanner) (st staging, err error) {
		var account *int64
		err = sc.Scan(&st.inbox, &account)
		if account != nil {
			st.account = *account
		}
		return st, err
	}, "SELECT inbox_id, account_id FROM channel_stagings WHERE token_hash = $1 AND channel_id = $2 AND expires_at >= $3"+tx.ForUpdate(), hash, r.ID, tx.Micros())
	if err != nil || !ok {
		return a, 0, orNoRegistered(err)
	}
	asker, _, _ := strings.Cut(token, "-")
	if user, err = id.Parse("accountToken", asker); err != nil {
		user = 0 // of a token that was given before tokens said it
	}
	if st.account != 0 {
		a, err = s.Reconnect(tx, by, channelID, st.account, Change{Name: &n.Name, Address: &n.Address, Type: &n.Type})
		return a, user, err
	}
	n.Inbox = st.inbox
	if a, err = s.Connected(tx, by, channelID, n); err != nil {
		return a, user, err
	}
	_, err = tx.Exec("UPDATE channel_stagings SET account_id = $2 WHERE token_hash = $1", hash, a.ID)
	return a, user, err
}
