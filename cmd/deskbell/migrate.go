package main

import (
	"context"
	"fmt"

	"github.com/deskbell/deskbell/db"
)

type migrateCommand struct{ store }

// Run brings the database up to date.
func (c migrateCommand) Run(ctx context.Context) error {
	if err := c.prepareFolder(); err != nil {
		return err
	}
	applied, err := db.Migrate(ctx, c.databaseURL())
	if err != nil {
		return err
	}
	for _, v := range applied {
		fmt.Printf("applied migration %d\n", v)
	}
	if len(applied) == 0 {
		fmt.Println("the database is up to date")
	}
	return nil
}
