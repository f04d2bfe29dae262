// Every story, told by each supported major version of HubSpot's official client, on each database (API-1, API-2).
import { after, before, describe, test } from 'node:test'

import { Client as Client13 } from 'hubspot-13'
import { Client as Client14 } from 'hubspot-14'

import { postgres, startDesk } from './desk.js'
import accounts from './stories/accounts.js'
import associations from './stories/associations.js'
import definitions from './stories/definitions.js'
import files from './stories/files.js'
import lists from './stories/lists.js'
import records from './stories/records.js'
import searches from './stories/searches.js'
import tables from './stories/tables.js'
import talks from './stories/talks.js'
import webhooks from './stories/webhooks.js'
import wholes from './stories/wholes.js'

const clients = { 14: Client14, 13: Client13 }
const stories = { ...records, ...searches, ...associations, ...definitions, ...accounts, ...webhooks, ...files, ...talks, ...tables, ...wholes, ...lists }

for (const [major, Client] of Object.entries(clients)) {
  for (const kind of ['sqlite', 'postgres']) {
    const skip = kind === 'postgres' && !postgres ? "PostgreSQL's binaries are not on this machine" : false
    describe(`client ${major} on ${kind}`, { skip }, () => {
      let desk
      before(async () => {
        desk = await startDesk(Client, kind, { mail: true })
      })
      after(() => desk?.stop())
      for (const [name, story] of Object.entries(stories)) test(name, () => story(desk))
    })
  }
}
