-- API-8: a private app's client secret, sealed, with which its webhooks are signed; '' for none.
ALTER TABLE tokens ADD COLUMN secret_sealed TEXT NOT NULL DEFAULT '';
