// Package house holds the rules that the whole tree obeys, as tests that say what to do when one is broken. It owns
// no product code, imports nothing of the product, and nothing may import it.
package house
