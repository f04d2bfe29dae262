// HubSpot's own client, unchanged but for the address of the server (API-1).
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'

import { Client } from '@hubspot/api-client'

const program = process.env.DESKBELL_BIN ?? join(import.meta.dirname, '../../bin/deskbell')
const data = mkdtempSync(join(tmpdir(), 'deskbell-client-'))
let server
let client

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address()
  listener.close()
  await once(listener, 'close')
  return port
}

before(async () => {
  const accessToken = execFileSync(program, ['token', 'add', '--data', data, '--name', 'client'], { encoding: 'utf8' }).trim()
  const listen = `127.0.0.1:${await freePort()}`
  server = spawn(program, ['serve', '--data', data, '--listen', listen, '--smtp', 'none'], { stdio: ['ignore', 'ignore', 'pipe'] })
  await new Promise((ready, failed) => {
    let said = ''
    server.stderr.on('data', (chunk) => {
      said += chunk
      if (said.includes('msg=ready')) ready()
    })
    server.once('exit', () => failed(new Error(`the server ended: ${said}`)))
  })
  client = new Client({ accessToken, basePath: `http://${listen}`, numberOfApiCallRetries: 0 })
})

after(async () => {
  if (server && server.exitCode === null) {
    server.kill('SIGTERM')
    await once(server, 'exit')
  }
  rmSync(data, { recursive: true, force: true })
})

const newTicket = (subject) => ({ properties: { subject, hs_pipeline: '0', hs_pipeline_stage: '1' }, associations: [] })

test('a ticket lives', async () => {
  const { basicApi } = client.crm.tickets
  const made = await basicApi.create(newTicket('Lamp & kettle'))
  assert.equal(made.properties.subject, 'Lamp & kettle')
  assert.ok(made.createdAt instanceof Date)

  await basicApi.update(made.id, { properties: { hs_ticket_priority: 'HIGH', hs_pipeline_stage: '4' } })
  const read = await basicApi.getById(made.id, ['hs_ticket_priority', 'closed_date', 'content'])
  assert.equal(read.properties.hs_ticket_priority, 'HIGH')
  assert.ok(!Number.isNaN(Date.parse(read.properties.closed_date)))
  assert.equal(read.properties.content, null)

  await basicApi.archive(made.id)
  await assert.rejects(basicApi.getById(made.id), (e) => e.code === 404 && e.body.category === 'OBJECT_NOT_FOUND')
})

test('a contact is made, found by its address, and joined to a ticket', async () => {
  const contact = await client.crm.contacts.basicApi.create({ properties: { email: 'Ann@Example.org', firstname: 'Ann' }, associations: [] })
  const found = await client.crm.contacts.basicApi.getById('ann@example.org', ['email'], undefined, undefined, false, 'email')
  assert.equal(found.id, contact.id)
  assert.equal(found.properties.email, 'ann@example.org')
  const types = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 16 }]
  const ticket = await client.crm.tickets.basicApi.create({ ...newTicket('For Ann'), associations: [{ to: { id: contact.id }, types }] })
  const search = { filterGroups: [{ filters: [{ propertyName: 'associations.contact', operator: 'EQ', value: contact.id }] }] }
  const hers = await client.crm.tickets.searchApi.doSearch(search)
  assert.deepEqual([hers.total, hers.results[0].id], [1, ticket.id])
  await assert.rejects(client.crm.contacts.basicApi.create({ properties: { email: 'ann@example.org' }, associations: [] }), (e) => e.code === 409)
})

test('lists and searches go through all pages', async () => {
  const { basicApi, searchApi } = client.crm.tickets
  for (let i = 0; i < 12; i++) await basicApi.create(newTicket(`Chair ${String(i).padStart(2, '0')}`))
  const listed = (await client.crm.tickets.getAll(5, undefined, ['subject'])).map((t) => t.properties.subject)
  assert.equal(new Set(listed.filter((s) => s.startsWith('Chair'))).size, 12)

  const seen = []
  for (let place; ; ) {
    const found = await searchApi.doSearch({
      filterGroups: [{ filters: [{ propertyName: 'subject', operator: 'CONTAINS_TOKEN', value: 'chair' }] }],
      sorts: ['-createdate'],
      properties: ['subject'],
      limit: 5,
      after: place,
    })
    assert.equal(found.total, 12)
    seen.push(...found.results.map((t) => t.properties.subject))
    place = found.paging?.next?.after
    if (!place) break
  }
  assert.equal(new Set(seen).size, 12)
  assert.equal(seen.length, 12)
})

test('pipelines', async () => {
  const { results } = await client.crm.pipelines.pipelinesApi.getAll('tickets')
  assert.equal(results[0].label, 'Support Pipeline')
  assert.deepEqual(
    results[0].stages.map((s) => [s.id, s.label, s.metadata.ticketState]),
    [['1', 'New', 'OPEN'], ['2', 'Waiting on contact', 'OPEN'], ['3', 'Waiting on us', 'OPEN'], ['4', 'Closed', 'CLOSED']],
  )
})

test('what is wrong is said as the client reads it', async () => {
  const wrong = client.crm.tickets.basicApi.create({ properties: { subject: 'x', hs_pipeline_stage: '1', hs_ticket_priority: 'HUGE' }, associations: [] })
  await assert.rejects(wrong, (e) => e.code === 400 && e.body.category === 'VALIDATION_ERROR' && e.body.message.includes('hs_ticket_priority'))
  const stranger = new Client({ accessToken: 'pat-desk-wrong', basePath: client.config.basePath, numberOfApiCallRetries: 0 })
  await assert.rejects(stranger.crm.tickets.basicApi.getPage(), (e) => e.code === 401)
})
