package search

import "context"

// Small makes everything small, so that a few records fill chunks and take several folds, and memory holds two chunks.
func (x *Index) Small(chunk, page int) {
	x.sizes = sizes{chunk: chunk, build: page, page: page}
	x.docs = newDocs(2 * chunk)
}

// Held is of how many records memory says which segments name them, and how many it may be.
func (x *Index) Held() (held, most int) {
	x.docs.mu.Lock()
	defer x.docs.mu.Unlock()
	for _, ids := range x.docs.of {
		held += len(ids)
	}
	if held != x.docs.held {
		panic("what is held was counted wrong")
	}
	return held, x.docs.most
}

// SelectBlocks is the statement that reads the index.
const SelectBlocks = selectBlocks

// Once does one fold.
func (i *Indexer) Once(ctx context.Context) (worked bool, err error) { return i.once(ctx) }
