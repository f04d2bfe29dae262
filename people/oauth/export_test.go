package oauth

// GoodRedirect is goodRedirect for tests.
func GoodRedirect(uri string) bool { return goodRedirect(uri) }
