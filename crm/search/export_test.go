package search

import "context"

// Small makes everything small, so that a few records fill chunks and take several folds.
func (x *Index) Small(chunk, page int) { x.sizes = sizes{chunk: chunk, build: page, page: page} }

// SelectBlocks is the statement that reads the index.
const SelectBlocks = selectBlocks

// Once does one fold.
func (i *Indexer) Once(ctx context.Context) (worked bool, err error) { return i.once(ctx) }
